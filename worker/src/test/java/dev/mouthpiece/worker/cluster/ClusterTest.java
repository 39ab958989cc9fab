package dev.mouthpiece.worker.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mouthpiece.worker.store.WorkQueue;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers die, sleep and are cut off while their sessions are on air in real rooms. */
@Tag("slow")
class ClusterTest {
    private static Cluster cluster;

    @BeforeAll
    static void start(@TempDir Path folder) {
        cluster = Cluster.start(folder);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @AfterEach
    void clear() {
        cluster.clear();
    }

    @Test
    void shouldTakeOverWhatAKilledWorkerHadOnAirAsFarAsThereIsRoomAndFailTheRest() {
        final DaemonProcess first = open("one", 3);
        final List<String> sessions = onAir(first, 3);
        final DaemonProcess second = open("two", 2);

        final long killedNs = System.nanoTime();
        first.kill();

        cluster.awaitOnAir(sessions.get(0), second, 2);
        cluster.awaitOnAir(sessions.get(1), second, 2);
        final Duration untilOnAir = Duration.ofNanos(System.nanoTime() - killedNs);
        cluster.awaitState(sessions.get(2), "failed");
        final Duration untilFailed = Duration.ofNanos(System.nanoTime() - killedNs);
        System.out.println(
                "killed: others on air again after " + untilOnAir + ", without a place failed after " + untilFailed);
        assertThat(untilFailed)
                .as("6 s of lease, 5 s of grace, a look every second; the machine may have much else to do")
                .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(30));
        assertThat(cluster.row(sessions.get(2)).failure()).isEqualTo("worker.lost");
        assertThat(cluster.get(sessions.get(2)).toString()).contains("The worker that ran this session is gone");
        assertThat(sessions).allSatisfy(session -> assertThat(second.said("session on air", session))
                .isLessThanOrEqualTo(1));
    }

    @Test
    void shouldRunEachSessionOnceWithFourWorkersOfWhichTwoAreKilled() {
        final List<DaemonProcess> workers = IntStream.range(0, 4)
                .mapToObj(i -> cluster.worker("four-" + i, 4))
                .toList();
        cluster.awaitOpen(workers.toArray(DaemonProcess[]::new));
        final List<String> sessions =
                IntStream.range(0, 8).mapToObj(i -> cluster.create()).toList();
        final List<DaemonProcess> had = new ArrayList<>();
        sessions.forEach(session -> had.add(cluster.awaitOnAir(session)));
        assertThat(sessions)
                .allSatisfy(session -> assertThat(cluster.row(session).claims()).isEqualTo(1));

        final List<DaemonProcess> killed = had.stream().distinct().limit(2).toList();
        killed.forEach(DaemonProcess::kill);

        for (int i = 0; i < sessions.size(); i++) {
            final boolean isRevived = killed.contains(had.get(i));
            final String session = sessions.get(i);
            cluster.await(
                    session + " is revived if need be",
                    () -> cluster.row(session).claims() == (isRevived ? 2 : 1));
            final DaemonProcess now = cluster.awaitOnAir(session);
            assertThat(killed).doesNotContain(now);
            cluster.awaitOnAir(session, now, isRevived ? 2 : 1);
            assertThat(workers.stream()
                            .mapToLong(worker -> worker.said("session starting", session))
                            .sum())
                    .isEqualTo(1);
            assertThat(workers.stream()
                            .mapToLong(worker -> worker.said("session taken over", session))
                            .sum())
                    .isEqualTo(isRevived ? 1 : 0);
        }
        sessions.forEach(cluster::end);
        sessions.forEach(session -> cluster.awaitState(session, "ended"));
    }

    @Test
    void shouldRunAgainWhatAKilledWorkerHadNotOnAir() {
        try (TcpGate gate = new TcpGate(URI.create(cluster.rooms().url()).getPort())) {
            gate.cut();
            final DaemonProcess first = open("starting-1", 2);
            final String session = cluster.create("ws://127.0.0.1:" + gate.port());
            cluster.await("it is starting", () -> first.said("session starting", session) == 1);
            final DaemonProcess second = open("starting-2", 2);

            first.kill();
            cluster.await("it is starting again", () -> second.said("session starting", session) == 1);
            gate.mend();

            cluster.awaitOnAir(session, second, 2);
        }
    }

    @Test
    void shouldNotRunTwiceWhatAWorkerHadThatSleptPastItsLease() {
        final DaemonProcess sleeper = open("sleeper", 2);
        final List<String> sessions = onAir(sleeper, 2);
        final DaemonProcess other = open("awake", 4);

        sleeper.signal("STOP");
        sessions.forEach(session -> cluster.awaitOnAir(session, other, 2));
        final List<String> avatars = avatars(sessions);
        sleeper.signal("CONT");

        cluster.await("the sleeper is back under a new name", () -> cluster.leases(sleeper).stream()
                .anyMatch(lease -> !lease.isDead()));
        cluster.await("it has left its rooms", () -> sleeper.used() == 0);
        assertThat(sleeper.said("gives up its 2 sessions")).isEqualTo(1);
        final String next = cluster.create();
        cluster.awaitOnAir(next);
        assertThat(sessions).allSatisfy(session -> {
            cluster.awaitOnAir(session, other, 2);
            assertThat(cluster.row(session).failure()).isNull();
        });
        assertThat(avatars(sessions)).isEqualTo(avatars);
    }

    @Test
    void shouldGoOnWhenTheDatabaseIsRestarted() {
        final DaemonProcess first = open("restart-1", 2);
        final List<String> sessions = onAir(first, 2);
        final DaemonProcess second = open("restart-2", 2);
        final List<String> avatars = avatars(sessions);

        final long cutNs = System.nanoTime();
        cluster.postgres().crash();
        cluster.postgres().resume();
        final Instant up = Instant.now();
        cluster.await("the first worker has its lease again", () -> hasRenewed(first, up));
        final Duration outage = Duration.ofNanos(System.nanoTime() - cutNs);
        cluster.await("the second one too", () -> hasRenewed(second, up));
        final String next = cluster.create();

        cluster.awaitOnAir(next);
        sessions.forEach(cluster::awaitOnAir);
        // Where the outage was as long as a lease, they had to stop and to begin again.
        if (outage.compareTo(Duration.ofSeconds(4)) < 0) {
            sessions.forEach(session -> cluster.awaitOnAir(session, first, 1));
            assertThat(avatars(sessions)).isEqualTo(avatars);
        }
        sessions.forEach(cluster::end);
        sessions.forEach(session -> cluster.awaitState(session, "ended"));
    }

    @Test
    void shouldLeaveItsSessionsToOthersWhileItIsCutOffFromTheDatabase() {
        try (TcpGate gate = new TcpGate(cluster.postgres().port())) {
            final DaemonProcess far = cluster.worker("far", 2, gate);
            cluster.awaitOpen(far);
            final List<String> sessions = onAir(far, 2);
            final DaemonProcess near = open("near", 2);

            gate.cut();
            sessions.forEach(session -> cluster.awaitOnAir(session, near, 2));
            cluster.await("it has left its rooms by itself", () -> far.used() == 0);
            assertThat(far.said("gives up its 2 sessions")).isEqualTo(1);
            final List<String> avatars = avatars(sessions);
            gate.mend();
            cluster.await("it is back under a new name", () -> cluster.leases(far).stream()
                    .anyMatch(lease -> !lease.isDead()));

            sessions.forEach(session -> cluster.awaitOnAir(session, near, 2));
            assertThat(avatars(sessions)).isEqualTo(avatars);
            near.kill();
            sessions.forEach(session -> cluster.awaitOnAir(session, far, 3));
        }
    }

    @Test
    void shouldJudgeLeasesByTheDatabasesClockAlone(@TempDir Path folder) throws Exception {
        final Path clock = folder.resolve("clock.so");
        assumeTrue(compile(clock), "a C compiler makes the wrong clocks");
        final DaemonProcess ahead = cluster.worker("ahead", 4, clock(clock, Duration.ofHours(1)));
        // One after the other: while a library is being loaded, its file looks left behind to a process that is an hour
        // ahead.
        cluster.awaitOpen(ahead);
        final DaemonProcess behind = cluster.worker("behind", 4, clock(clock, Duration.ofHours(-1)));
        cluster.awaitOpen(behind);
        assertThat(skew(ahead)).isBetween(Duration.ofMinutes(30), Duration.ofMinutes(90));
        assertThat(skew(behind)).isBetween(Duration.ofMinutes(-90), Duration.ofMinutes(-30));
        final List<String> sessions =
                IntStream.range(0, 4).mapToObj(i -> cluster.create()).toList();
        final List<DaemonProcess> had = new ArrayList<>();
        sessions.forEach(session -> had.add(cluster.awaitOnAir(session)));

        awaitManyHeartbeats(ahead, behind);

        for (int i = 0; i < sessions.size(); i++) {
            cluster.awaitOnAir(sessions.get(i), had.get(i), 1);
        }
        assertThat(cluster.leases(ahead)).hasSize(1).noneMatch(Cluster.Lease::isDead);
        assertThat(cluster.leases(behind)).hasSize(1).noneMatch(Cluster.Lease::isDead);
        behind.kill();
        for (int i = 0; i < sessions.size(); i++) {
            cluster.awaitOnAir(sessions.get(i), ahead, had.get(i) == behind ? 2 : 1);
        }
    }

    private static DaemonProcess open(String name, int places) {
        final DaemonProcess worker = cluster.worker(name, places);
        cluster.awaitOpen(worker);
        return worker;
    }

    private static List<String> onAir(DaemonProcess worker, int count) {
        final List<String> sessions =
                IntStream.range(0, count).mapToObj(i -> cluster.create()).toList();
        sessions.forEach(session -> cluster.awaitOnAir(session, worker, 1));
        return sessions;
    }

    private static List<String> avatars(List<String> sessions) {
        return sessions.stream()
                .map(session -> cluster.avatar(session).orElseThrow().getSid())
                .toList();
    }

    /** Whether it has renewed its lease since then. */
    private static boolean hasRenewed(DaemonProcess worker, Instant since) {
        final long untilMs = since.plus(WorkQueue.Limits.USUAL.lease()).toEpochMilli();
        return cluster.leases(worker).stream().anyMatch(lease -> !lease.isDead() && lease.untilMs() > untilMs);
    }

    /** So many that each lease would have run out twice. */
    private static void awaitManyHeartbeats(DaemonProcess... workers) {
        for (final DaemonProcess worker : workers) {
            final long untilMs = cluster.leases(worker).getFirst().untilMs();
            cluster.await(
                    "leases are renewed", () -> cluster.leases(worker).getLast().untilMs() > untilMs + 12_000);
        }
    }

    private static Map<String, String> clock(Path library, Duration shift) {
        return Map.of("LD_PRELOAD", library.toString(), "CLOCK_SHIFT_S", Long.toString(shift.toSeconds()));
    }

    /** How far the process's clock is from ours, by its log. */
    private static Duration skew(DaemonProcess process) {
        return Duration.between(
                Instant.now(),
                Instant.parse(process.events().getLast().path("time").asText()));
    }

    private static boolean compile(Path library) throws Exception {
        final URI source = Objects.requireNonNull(ClusterTest.class.getResource("/cluster/clock.c"))
                .toURI();
        try {
            final Process compiler = new ProcessBuilder(
                            "cc",
                            "-shared",
                            "-fPIC",
                            "-o",
                            library.toString(),
                            Path.of(source).toString(),
                            "-ldl")
                    .inheritIO()
                    .start();
            return compiler.waitFor(60, TimeUnit.SECONDS) && compiler.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
