package dev.mouthpiece.worker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.testkit.LiveKitServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that runs for long: what sessions took is free again when they are over. */
@Tag("slow")
@EnabledOnOs(OS.LINUX)
class ManySessionsTest {
    /** By then every pool has been filled, and the young part of the heap once through. */
    private static final int WARM = 60;

    private static final int ALL = 200;
    private static final int AT_A_TIME = 4;

    /** Pools breathe by a thread or two; one left behind by every tenth session would be found. */
    private static final int THREADS = 12;

    /** Compiled code and metadata still grow by some 12 MB; a third of a megabyte left behind by every session would be found. */
    private static final int MEGABYTES = 40;

    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final long LOOK_NS = Duration.ofMillis(20).toNanos();

    @TempDir
    private Path home;

    @Test
    void shouldTakeNoMoreAfter200SessionsThanAfter60() throws Exception {
        try (LiveKitServer rooms = LiveKitServer.start(Map.of());
                DaemonProcess daemon = daemon();
                ExecutorService clients = Executors.newFixedThreadPool(AT_A_TIME)) {
            await("the daemon is open", daemon::isOpen);
            try (SessionApi api = new SessionApi(daemon.url(), rooms)) {
                final Taken fresh = settled(daemon, 1);
                run(clients, api, WARM);
                final Taken warm = settled(daemon, 2);
                run(clients, api, ALL - WARM);
                final Taken after = settled(daemon, 3);
                System.out.println("many sessions: fresh " + fresh + ", after " + WARM + " " + warm + ", after " + ALL
                        + " " + after);

                assertThat(daemon.said("session on air")).isEqualTo(ALL);
                assertThat(after.threads()).as("threads").isLessThan(warm.threads() + THREADS);
                assertThat(after.descriptors()).as("descriptors").isLessThan(warm.descriptors() + THREADS);
                assertThat(after.megabytes()).as("RSS, MB").isLessThan(warm.megabytes() + MEGABYTES);
            }
        }
    }

    private DaemonProcess daemon() {
        final Map<String, String> settings = Map.of(
                "MOUTHPIECE_SERVER_PORT",
                "0",
                "MOUTHPIECE_WORKER_CAPACITY",
                Integer.toString(2 * AT_A_TIME),
                "MOUTHPIECE_LIMITS_CREATES",
                "0",
                "MOUTHPIECE_LOG_LEVEL",
                "debug");
        return DaemonProcess.start("many", home, settings, List.of(), "serve");
    }

    /** Lets so many sessions be on air, each for a moment. */
    private static void run(ExecutorService clients, SessionApi api, int count) throws Exception {
        final List<Future<?>> all = IntStream.range(0, count)
                .<Future<?>>mapToObj(i -> clients.submit(() -> beOnAir(api)))
                .toList();
        for (final Future<?> one : all) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new AssertionError("a session went wrong", e.getCause());
            }
        }
    }

    private static void beOnAir(SessionApi api) {
        final String session = api.createFace();
        await(
                session + " is in its room",
                () -> is(api, session, "running") && api.avatar(session).isPresent());
        api.end(session);
        await(session + " is over", () -> is(api, session, "ended"));
    }

    private static boolean is(SessionApi api, String session, String status) {
        final String now = api.get(session).path("status").asText();
        if (now.equals("failed")) {
            throw new AssertionError(api.get(session).toString());
        }
        return now.equals(status);
    }

    /** What it takes when its sessions' threads are gone and it has given back for the nth time what was freed. */
    private static Taken settled(DaemonProcess daemon, int times) throws IOException {
        await("freed memory is given back", () -> daemon.said("freed memory was given back") >= times);
        return Taken.by(daemon.pid());
    }

    private static void await(String what, BooleanSupplier fact) {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (!fact.getAsBoolean()) {
            if (deadlineNs - System.nanoTime() <= 0) {
                throw new AssertionError("after " + PATIENCE.toSeconds() + " s it is still not so that " + what);
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /** What a process has of the machine. */
    private record Taken(int megabytes, int threads, int descriptors) {
        static Taken by(long pid) throws IOException {
            final Path process = Path.of("/proc", Long.toString(pid));
            try (Stream<String> lines = Files.lines(process.resolve("status"))) {
                final int kilobytes = lines.filter(line -> line.startsWith("VmRSS:"))
                        .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")))
                        .findFirst()
                        .orElseThrow();
                return new Taken(kilobytes / 1024, entries(process.resolve("task")), entries(process.resolve("fd")));
            }
        }

        private static int entries(Path folder) throws IOException {
            try (Stream<Path> entries = Files.list(folder)) {
                return (int) entries.count();
            }
        }
    }
}
