package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.api.Access;
import dev.mouthpiece.worker.api.ApiServer;
import dev.mouthpiece.worker.api.BrowserDoor;
import dev.mouthpiece.worker.api.StudioApi;
import dev.mouthpiece.worker.api.WebhookSender;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.metrics.Metrics;
import dev.mouthpiece.worker.session.PortraitDesk;
import dev.mouthpiece.worker.session.SessionService;
import dev.mouthpiece.worker.session.Worker;
import dev.mouthpiece.worker.session.WorkerThread;
import dev.mouthpiece.worker.store.ApiKeys;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.Database;
import dev.mouthpiece.worker.store.Housekeeping;
import dev.mouthpiece.worker.store.Sessions;
import dev.mouthpiece.worker.store.StoreException;
import dev.mouthpiece.worker.store.Wakeups;
import dev.mouthpiece.worker.store.WorkQueue;
import dev.mouthpiece.worker.store.Workers;
import dev.mouthpiece.worker.whep.WhepRoutes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a daemon, wired: built and started in order, closed in reverse, also where a step fails. Owned by the command's thread; {@link #drain} and
 * {@link #stop} may come from a signal's.
 */
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final Duration END = Duration.ofSeconds(12);
    private static final Duration SWEEP = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final Config config;
    private final Database database;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final DaemonMetrics metrics;
    private @Nullable ApiServer server;
    private @Nullable WorkerThread worker;

    private Daemon(Config config, Database database, Metrics metrics, Places places) {
        this.config = config;
        this.database = database;
        this.metrics = new DaemonMetrics(metrics, new Sessions(database), this::usedPlaces, places::now);
    }

    /** The database of that configuration. */
    static Database open(Config config) {
        return Database.open(new Database.Address(
                config.store().url(), config.store().user(), config.store().password()));
    }

    /**
     * Builds and starts a daemon.
     *
     * @param database closed with the daemon, also where it does not start
     * @param live empty for an API without a worker
     * @param places that the worker has; closed with the daemon
     * @param hasApi whether the API is served, or health and metrics alone
     * @throws BadInputException if the configuration cannot be served
     * @throws StoreException if the database cannot be used
     */
    static Daemon start(Config config, Database database, Optional<LiveParts> live, Places places, boolean hasApi) {
        final var daemon =
                new Daemon(config, database, live.map(LiveParts::metrics).orElseGet(Metrics::new), places);
        daemon.parts.push(daemon.database);
        try {
            daemon.start(live, places, hasApi);
            return daemon;
        } catch (RuntimeException e) {
            daemon.close();
            throw e;
        }
    }

    private void start(Optional<LiveParts> live, Places places, boolean hasApi) {
        final var avatars = new Avatars(database);
        final var sessions = new Sessions(database);
        final var probes = new ApiServer.Probes(this::whyNotReady, metrics);
        server = hasApi ? api(sessions, avatars, probes, live) : new ApiServer(serverSettings(), probes);
        server.start();
        parts.push(server);
        live.ifPresent(parts -> startWorker(parts, places, avatars));
        startSweeping(live, places, avatars);
        if (!config.webhook().url().isEmpty()) {
            final var webhook = WebhookSender.start(
                    database, config.webhook().url(), config.webhook().secret());
            parts.push(webhook);
        }
    }

    private ApiServer api(Sessions sessions, Avatars avatars, ApiServer.Probes probes, Optional<LiveParts> live) {
        final Access access = access();
        return new ApiServer(
                serverSettings(),
                access,
                new SessionService(sessions, avatars, config.limits().waiting()),
                avatars,
                probes,
                live.map(LiveParts::door).orElse(BrowserDoor.CLOSED),
                app -> live.ifPresent(parts -> {
                    WhepRoutes.register(app, parts.rooms());
                    StudioApi.mount(app, access, sessions, new Workers(database), avatars, parts::viewers);
                }));
    }

    private Access access() {
        final var keys = new ApiKeys(database);
        final boolean isAny = keys.isAny();
        if (!isAny && !config.server().isLoopback()) {
            throw new BadInputException(
                    "the API would be open to everybody on " + config.server().host()
                            + ": make a key first (mouthpiece keys create NAME), or use --host 127.0.0.1");
        }
        if (!isAny) {
            LOG.warn("no API keys: everybody on this machine may use the API");
        }
        return new Access(
                keys,
                !isAny,
                config.limits().createsPerMinute(),
                config.limits().sessionsPerKey(),
                System::nanoTime);
    }

    private ApiServer.Settings serverSettings() {
        final Config.Server to = config.server();
        return new ApiServer.Settings(
                to.host(),
                to.port(),
                to.publicUrl(),
                to.origins(),
                (int) config.limits().session().toSeconds(),
                config.images().isPrivateAllowed(),
                config.images().fetch());
    }

    private void startWorker(LiveParts live, Places places, Avatars avatars) {
        final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
        parts.push(blocking);
        final WorkQueue.Limits usual = WorkQueue.Limits.USUAL;
        final var queue = new WorkQueue(
                database,
                new WorkQueue.Limits(
                        usual.lease(),
                        usual.takeoverGrace(),
                        usual.takeoverWindow(),
                        config.limits().queue()),
                live.node());
        final String host = hostName();
        final var made = WorkerThread.start(
                new Worker(
                        queue,
                        live.runner(avatars),
                        blocking,
                        System::nanoTime,
                        new Worker.Settings(() -> newName(host), host, places::now, Wakeups.POLL_MS)),
                database.wakeups());
        worker = made;
        final var desk = new PortraitDesk(avatars, live::whatIsWrong);
        database.wakeups().listen(desk::ring);
        desk.open();
        parts.push(desk);
        parts.push(() -> end(made));
        places.measure(live, avatars, () -> made.worker().used() == 0);
        parts.push(places);
    }

    private void startSweeping(Optional<LiveParts> live, Places places, Avatars avatars) {
        final var housekeeping = new Housekeeping(database, config.store().retention());
        final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("housekeeping").daemon().factory());
        sweep(sweeper, housekeeping::sweep, Duration.ofMinutes(1), SWEEP);
        live.ifPresent(media -> {
            final var freed = new FreedMemory(
                    () -> usedPlaces() == 0 && !places.isMeasuring(), System::nanoTime, FreedMemory::giveBack);
            sweep(sweeper, freed::look, LOOK, LOOK);
            sweep(sweeper, () -> media.library().dropGone(avatars::hasPicture), Duration.ofMinutes(2), SWEEP);
        });
        parts.push(sweeper::shutdownNow);
    }

    private static void sweep(ScheduledExecutorService sweeper, Runnable task, Duration first, Duration every) {
        final var unused = sweeper.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (StoreException e) {
                        LOG.debug("{}", e.getMessage());
                    }
                },
                first.toMillis(),
                every.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private int usedPlaces() {
        return worker == null ? 0 : worker.worker().used();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** No worker has it, nor ever had. */
    private static String newName(String host) {
        final String cut = host.length() > 30 ? host.substring(0, 30) : host;
        return cut + "-" + ProcessHandle.current().pid() + "-"
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }

    /** Where the API listens. */
    int port() {
        return server == null ? -1 : server.port();
    }

    private String whyNotReady() {
        try {
            database.nowMs();
        } catch (StoreException e) {
            return "the database does not answer";
        }
        return worker != null && !worker.worker().isWorking() ? "draining" : "";
    }

    /** Takes no more sessions; gives those that it has the time that is set. Returns at once. */
    void drain() {
        drainUntil(System.nanoTime() + config.worker().drain().toNanos());
    }

    /** Ends now, tidily. Returns at once. */
    void stop() {
        drainUntil(System.nanoTime());
    }

    private void drainUntil(long deadlineNs) {
        if (worker != null) {
            worker.worker().drain(deadlineNs);
        }
    }

    /** Waits until the worker is gone, after {@link #drain} or {@link #stop}; returns at once where there is none. */
    void awaitWorker() throws InterruptedException {
        if (worker != null) {
            while (!worker.join(Duration.ofSeconds(1))) {
                LOG.debug(
                        "the worker still has {} places taken", worker.worker().used());
            }
        }
    }

    private static void end(WorkerThread worker) throws InterruptedException {
        worker.worker().drain(System.nanoTime());
        if (!worker.join(END)) {
            LOG.error("the worker did not end in time");
        }
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("closing went wrong", e);
            }
        }
    }
}
