package dev.mouthpiece.worker.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/**
 * The log: warnings to standard error, more when asked for. In code, for reading an XML file would take a tenth of a
 * second at each start. Found by Logback through {@code META-INF/services}.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
    /** Made by Logback. */
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        final var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("mouthpiece: %level %msg%n");
        encoder.start();
        final var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setName("stderr");
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        final Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(console);
        // It warns of every H2 that is newer than itself; our tests say whether that one works.
        context.getLogger("org.flywaydb").setLevel(Level.ERROR);
        // It warns of every request that is no HTTP: whoever can reach the port could fill the log.
        context.getLogger("org.eclipse.jetty.http.HttpParser").setLevel(Level.ERROR);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /**
     * The log of a daemon: to standard error, with times and session ids, and without tokens.
     *
     * @param format auto, text or json
     * @param level error, warn, info or debug
     * @param isTerminal whether a person watches
     */
    static void daemon(String format, String level, boolean isTerminal) {
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        final Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        final boolean isJson = format.equals("json") || (format.equals("auto") && !isTerminal);
        final var layout = new DaemonLayout(isJson);
        layout.setContext(context);
        layout.start();
        final var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.start();
        final var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setName("stderr");
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        root.detachAndStopAllAppenders();
        root.addAppender(console);
        root.setLevel(Level.WARN);
        // When the database is away, we say so ourselves; the pool would guess at its own settings, once for each
        // connection.
        context.getLogger("com.zaxxer.hikari").setLevel(Level.ERROR);
        context.getLogger("dev.mouthpiece").setLevel(Level.toLevel(level));
    }

    /** From now on, what happens is told too. */
    static void verbose() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
            context.getLogger("dev.mouthpiece").setLevel(Level.DEBUG);
        }
    }
}
