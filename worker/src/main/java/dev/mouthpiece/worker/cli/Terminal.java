package dev.mouthpiece.worker.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * What a command talks to.
 *
 * @param in raw speech, where the command reads it
 * @param out results
 * @param err progress, notes, errors
 * @param columns width of the terminal that {@code err} is; 0 where it is a file or a pipe
 * @param isUnicode whether {@code err} can show more than ASCII
 * @param interruption asked between steps
 */
public record Terminal(
        InputStream in, PrintStream out, PrintStream err, int columns, boolean isUnicode, Interruption interruption) {
    /** Set by the launcher, which knows: columns where standard error is a terminal. */
    private static final String COLUMNS = "mouthpiece.columns";

    private static final int MIN_COLUMNS = 40;

    /** The process's own. */
    static Terminal ofProcess(Interruption interruption) {
        final Charset charset = Charset.forName(System.getProperty(
                "stdout.encoding",
                System.getProperty("native.encoding", Charset.defaultCharset().name())));
        final int columns = Integer.getInteger(COLUMNS, 0);
        return new Terminal(
                System.in,
                stream(FileDescriptor.out, charset),
                stream(FileDescriptor.err, charset),
                columns < MIN_COLUMNS ? 0 : columns,
                charset.equals(StandardCharsets.UTF_8),
                interruption);
    }

    /** Whether somebody watches. */
    boolean isInteractive() {
        return columns > 0;
    }

    private static PrintStream stream(FileDescriptor descriptor, Charset charset) {
        return new PrintStream(new FileOutputStream(descriptor), true, charset);
    }
}
