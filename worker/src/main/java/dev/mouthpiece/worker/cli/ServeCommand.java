package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.api.ApiServer;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Home;
import dev.mouthpiece.worker.config.Key;
import dev.mouthpiece.worker.config.Settings;
import dev.mouthpiece.worker.store.Database;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mouthpiece serve}, and {@code mouthpiece worker}, which is the same without the API. */
@Command(
        name = "serve",
        header = "Serves the API, and runs the sessions that it takes.",
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footerHeading = "%n",
        footer = {
            "TERM: takes no more sessions, lets those it has finish (worker.drain), then",
            "ends with 0. INT (Ctrl-C): ends now, tidily, with 130; again: at once.",
            "  mouthpiece serve",
            "    one machine, with its own database file",
            "  mouthpiece keys create studio --database jdbc:postgresql://db/mouthpiece",
            "  mouthpiece serve --host 0.0.0.0 --database jdbc:postgresql://db/mouthpiece",
            "    many machines over one PostgreSQL"
        })
class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    private final Terminal terminal;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "Setting server.host. Default: 127.0.0.1.")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "N", description = "Setting server.port. Default: 8080.")
    private @Nullable Integer port;

    @Option(
            names = "--drain-timeout",
            paramLabel = "S",
            description = "Setting worker.drain: after TERM, sessions may go on for so many seconds. Default: 30.")
    private @Nullable Integer drain;

    @Option(names = "--capacity", paramLabel = "N", description = "Setting worker.capacity. Default: as measured.")
    private @Nullable Integer capacity;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(names = "--no-worker", description = "Serve the API alone: other processes run the sessions.")
    private boolean isWithoutWorker;

    ServeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Whether the API is served. */
    boolean hasApi() {
        return true;
    }

    @Override
    public Integer call() throws InterruptedException {
        options.flag(Key.SERVER_HOST, host);
        options.flag(Key.SERVER_PORT, port);
        options.flag(Key.WORKER_DRAIN, drain);
        options.flag(Key.WORKER_CAPACITY, capacity);
        final Settings settings = options.settings();
        final Config config = Config.of(options.home(), settings);
        Home.make(config.home());
        LogSetup.daemon(config.log().format(), config.log().level(), terminal.isInteractive());
        LOG.info("home {} {}", config.home(), settings.summary());
        ApiServer.checkFree(config.server().host(), config.server().port());
        return isWithoutWorker
                ? run(config, Daemon.open(config), Optional.empty(), Places.none())
                : runWithWorker(config);
    }

    private int runWithWorker(Config config) throws InterruptedException {
        final Background<Database> database = Background.start("database", () -> Daemon.open(config));
        try (LiveParts live = LiveParts.load(config, LOG::info)) {
            return run(config, database.join(), Optional.of(live), Places.of(config, live.device()));
        }
    }

    private int run(Config config, Database database, Optional<LiveParts> live, Places places)
            throws InterruptedException {
        try (Daemon daemon = Daemon.start(config, database, live, places, hasApi())) {
            final var ends = new Ends(daemon);
            final String room = live.isPresent() ? places.inWords() : "no worker";
            terminal.err()
                    .println("mouthpiece: " + (hasApi() && live.isPresent() ? "open " : "listening on ")
                            + url(config, daemon) + " (" + room + ")");
            return ends.await();
        }
    }

    private static String url(Config config, Daemon daemon) {
        // To browsers, localhost is a place where a microphone may be used.
        final String host =
                config.server().isLoopback() ? "localhost" : config.server().host();
        return "http://" + host + ":" + daemon.port() + "/";
    }

    /** How the daemon is told to end. */
    private static final class Ends {
        private final Daemon daemon;
        private final CountDownLatch told = new CountDownLatch(1);
        private final AtomicInteger interrupts = new AtomicInteger();

        Ends(Daemon daemon) {
            this.daemon = daemon;
            Signals.on("TERM", this::drain);
            Signals.on("INT", this::interrupt);
        }

        private void drain() {
            LOG.info("draining");
            daemon.drain();
            told.countDown();
        }

        private void interrupt() {
            if (interrupts.incrementAndGet() > 1) {
                Runtime.getRuntime().halt(Interruption.EXIT_CODE);
            }
            LOG.info("stopping");
            daemon.stop();
            told.countDown();
        }

        int await() throws InterruptedException {
            told.await();
            daemon.awaitWorker();
            return interrupts.get() > 0 ? Interruption.EXIT_CODE : Cli.OK;
        }
    }
}
