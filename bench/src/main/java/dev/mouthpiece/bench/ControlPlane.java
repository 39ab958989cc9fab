package dev.mouthpiece.bench;

import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.session.RunEvents;
import dev.mouthpiece.worker.session.RunningSession;
import dev.mouthpiece.worker.session.SessionOrder;
import dev.mouthpiece.worker.session.SessionRunner;
import dev.mouthpiece.worker.session.Worker;
import dev.mouthpiece.worker.session.WorkerThread;
import dev.mouthpiece.worker.store.CreateLimits;
import dev.mouthpiece.worker.store.Database;
import dev.mouthpiece.worker.store.NewSession;
import dev.mouthpiece.worker.store.SessionSpec;
import dev.mouthpiece.worker.store.SessionState;
import dev.mouthpiece.worker.store.Sessions;
import dev.mouthpiece.worker.store.Wakeups;
import dev.mouthpiece.worker.store.WorkQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many sessions a second go through create, claim and end: {@code ControlPlane URL [SESSIONS] [WORKERS] [CREATORS]}. Sessions come on air and end at
 * once; everything else is real. Every claim is checked to be the only one. Round after round over the same database.
 */
public final class ControlPlane {
    private static final int CAPACITY = 64;
    private static final int ROUNDS = 3;
    private static final String API = "protoface";
    private static final long LIMIT_NS = TimeUnit.MINUTES.toNanos(2);

    private final Set<String> started = ConcurrentHashMap.newKeySet();
    private final AtomicInteger twice = new AtomicInteger();

    /** Other runs over the same database are not counted. */
    private final String owner = "bench-" + UUID.randomUUID().toString().substring(0, 8);

    private ControlPlane() {}

    /** Runs it and prints what it measured. */
    public static void main(String[] args) throws Exception {
        final int sessions = args.length > 1 ? Integer.parseInt(args[1]) : 5_000;
        final int workers = args.length > 2 ? Integer.parseInt(args[2]) : 4;
        final int creators = args.length > 3 ? Integer.parseInt(args[3]) : 4;
        final var address = new Database.Address(args[0], System.getenv("DATABASE_USER"), null);
        // The first time is for the compiler.
        for (int round = 0; round < ROUNDS; round++) {
            new ControlPlane().run(address, sessions, workers, creators);
        }
    }

    private void run(Database.Address address, int count, int workers, int creators) throws Exception {
        final List<Database> databases = new ArrayList<>();
        final List<WorkerThread> running = new ArrayList<>();
        try (Database database = Database.open(address);
                ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor()) {

            for (int i = 0; i < workers; i++) {
                final Database own = Database.open(address);
                databases.add(own);
                final var settings = new Worker.Settings(
                        () -> UUID.randomUUID().toString(), "bench", () -> CAPACITY, Wakeups.POLL_MS);
                running.add(WorkerThread.start(
                        new Worker(
                                new WorkQueue(own, WorkQueue.Limits.USUAL),
                                new AtOnce(),
                                blocking,
                                System::nanoTime,
                                settings),
                        own.wakeups()));
            }
            measure(new Sessions(database), count, creators);
            running.forEach(one -> one.worker().drain(System.nanoTime()));
            for (final WorkerThread one : running) {
                one.join(Duration.ofSeconds(10));
            }
        } finally {
            databases.forEach(Database::close);
        }
    }

    private void measure(Sessions sessions, int count, int creators) throws Exception {
        final long[] createNs = new long[count];
        final var next = new AtomicInteger();
        final long startNs = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(creators)) {
            final List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < creators; i++) {
                all.add(threads.submit(() -> {
                    for (int at = next.getAndIncrement(); at < count; at = next.getAndIncrement()) {
                        final long beforeNs = System.nanoTime();
                        sessions.create(session(), List.of(), CreateLimits.NONE);
                        createNs[at] = System.nanoTime() - beforeNs;
                    }
                }));
            }
            for (final Future<?> one : all) {
                one.get();
            }
        }
        // They count when the store knows that they are over.
        final var over = new Sessions.Filter(API, List.of(SessionState.ENDED), null, null, null, null, 0, 1);
        while (sessions.count(owner, over) < count && System.nanoTime() - startNs < LIMIT_NS) {
            Thread.sleep(50);
        }
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        Arrays.sort(createNs);
        System.out.printf(
                "%d of %d sessions in %.2f s: %.0f a second; started twice %d; create p50 %.2f ms, p95 %.2f ms%n",
                sessions.count(owner, over),
                count,
                seconds,
                sessions.count(owner, over) / seconds,
                twice.get(),
                createNs[count / 2] / 1e6,
                createNs[count * 95 / 100] / 1e6);
    }

    private NewSession session() {
        final String id = "sess_" + UUID.randomUUID();
        final var spec = new SessionSpec(
                "av_stock_001",
                null,
                new SessionSpec.Room("wss://example.livekit.cloud", "room", "avatar", false),
                SessionSpec.Audio.STREAMS,
                "standard",
                368,
                560,
                false,
                30_000,
                0,
                null,
                SessionSpec.Mood.NEUTRAL,
                Map.of());
        return new NewSession(id, API, owner, spec, 1, "token", null);
    }

    /** On air at once, over at once. */
    private final class AtOnce implements SessionRunner {
        @Override
        public RunningSession start(SessionOrder order, RunEvents events) {
            if (!started.add(order.id())) {
                twice.incrementAndGet();
            }
            events.onAir();
            events.ended("done");
            return new Nothing();
        }
    }

    private static final class Nothing implements RunningSession {
        @Override
        public void end(String reason) {
            // It is over.
        }

        @Override
        public void show(Portrait portrait) {
            // Likewise.
        }

        @Override
        public void feel(Moods moods) {
            // Likewise.
        }

        @Override
        public long frames() {
            return 0;
        }
    }
}
