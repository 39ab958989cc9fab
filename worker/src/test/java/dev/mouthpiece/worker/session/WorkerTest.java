package dev.mouthpiece.worker.session;

import static dev.mouthpiece.worker.store.TestSpecs.OWNER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.CreateLimits;
import dev.mouthpiece.worker.store.Database;
import dev.mouthpiece.worker.store.NewSession;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionSpec;
import dev.mouthpiece.worker.store.SessionState;
import dev.mouthpiece.worker.store.Sessions;
import dev.mouthpiece.worker.store.TestLeases;
import dev.mouthpiece.worker.store.TestSpecs;
import dev.mouthpiece.worker.store.WorkQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The worker over a real store, with the clock in the test's hand. */
class WorkerTest {
    private static final long SECOND = 1_000_000_000L;

    private final ScriptedRunner runner = new ScriptedRunner();
    private Database database;
    private Sessions sessions;
    private WorkQueue queue;
    private Worker worker;
    private long nowNs = 1;
    private int names;
    private int capacity = 4;
    private boolean isDatabaseCut;
    private Consumer<Runnable> take = Runnable::run;
    private final List<Runnable> held = new ArrayList<>();

    @BeforeEach
    void open() {
        database = Database.open(
                new Database.Address("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", null, null));
        sessions = new Sessions(database);
        queue = new WorkQueue(database, WorkQueue.Limits.USUAL);
        worker = newWorker("w");
        database.wakeups().listen(worker::nudge);
        step();
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void shouldRunASessionFromQueueToEnd() {
        create("a");
        step();
        assertThat(state("a")).isEqualTo(SessionState.STARTING);
        assertThat(worker.used()).isEqualTo(1);

        runner.session("a").events().onAir();
        step();
        assertThat(state("a")).isEqualTo(SessionState.RUNNING);

        nowNs += 4 * SECOND;
        runner.session("a").sent(100);
        runner.session("a").events().active();
        step();
        assertThat(get("a").usage()).isEqualTo(new Session.Usage(4_000, 100));

        sessions.end(OWNER, "a", "user");
        step();
        assertThat(runner.log()).contains("end a user");
        runner.session("a").left("user");
        step();
        assertThat(state("a")).isEqualTo(SessionState.ENDED);
        assertThat(worker.used()).isZero();
    }

    @Test
    void shouldTakeNoMoreThanItHasPlacesFor() {
        capacity = 2;
        create("a");
        create("b");
        create("c");
        step();
        step();
        assertThat(runner.log()).containsExactly("start a", "start b");

        runner.session("a").left("room_closed");
        step();
        step();
        assertThat(runner.log()).endsWith("start c");
        assertThat(get("a").endReason()).isEqualTo("room_closed");
    }

    @Test
    void shouldTellWhyASessionFailed() {
        create("a");
        step();
        runner.session("a").broke("transport.join_failed", "The room's server refused the token.");
        step();

        assertThat(failure("a")).isEqualTo("transport.join_failed");
        assertThat(state("a")).isEqualTo(SessionState.FAILED);
    }

    @Test
    void shouldEndWhenNobodyHasSpokenForTheIdleTimeout() {
        onAir("a");
        advance(29);
        runner.session("a").events().active();
        advance(29);
        assertThat(runner.log()).doesNotContain("end a idle_timeout");
        advance(1);

        assertThat(runner.log()).contains("end a idle_timeout");
        runner.session("a").left("idle_timeout");
        step();
        assertThat(get("a").endReason()).isEqualTo("idle_timeout");
    }

    @Test
    void shouldResetTheIdleTimeoutWhenAsked() {
        onAir("a");
        advance(20);
        sessions.command(OWNER, "a", CommandKind.RESET_IDLE_TIMEOUT.name(), "");
        step();
        advance(20);
        assertThat(runner.log()).doesNotContain("end a idle_timeout");
        advance(10);
        assertThat(runner.log()).contains("end a idle_timeout");
    }

    @Test
    void shouldEndAtTheLongestDuration() {
        onAir("a", 10_000);
        advance(9);
        assertThat(runner.log()).doesNotContain("end a max_duration");
        advance(1);
        assertThat(runner.log()).contains("end a max_duration");
    }

    @Test
    void shouldFailWhatDoesNotComeOnAir() {
        create("a");
        step();
        advance(30);
        assertThat(runner.log()).contains("end a failed");
        runner.session("a").left("failed");
        step();
        assertThat(failure("a")).isEqualTo("start.timeout");
    }

    @Test
    void shouldNotWaitForEverForASessionToLeave() {
        onAir("a");
        sessions.end(OWNER, "a", "user");
        step();
        advance(5);
        step();
        assertThat(state("a")).isEqualTo(SessionState.ENDED);
        assertThat(worker.used()).isZero();
    }

    @Test
    void shouldCarryOutWishesInOrder() {
        onAir("a");
        sessions.command(OWNER, "a", CommandKind.SHOW_PICTURE.name(), "0123");
        sessions.command(OWNER, "a", CommandKind.SPEAKING_PROMPT.name(), "a smiling person");
        step();

        assertThat(runner.log()).endsWith("show a Stored[sha256=0123]", "feel a 0.8");
    }

    @Test
    void shouldGoOnWithWhatAnotherWorkerHadShownLast() {
        onAir("a");
        sessions.command(OWNER, "a", CommandKind.IDLE_PROMPT.name(), "sleepy");
        sessions.command(OWNER, "a", CommandKind.SHOW_PICTURE.name(), "0123");
        sessions.command(OWNER, "a", CommandKind.SHOW_PICTURE.name(), "4567");
        step();
        // The second could not be shown.
        runner.session("a").events().shown(new Portrait.Stored("0123"));
        step();
        step();
        isDatabaseCut = true;
        advance(6);
        runner.session("a").left("lost");
        isDatabaseCut = false;
        lapse("w1");
        advance(1);
        step();
        advance(1);
        step();

        final SessionOrder order = runner.session("a").order();
        assertThat(order.isTakeover()).isTrue();
        assertThat(order.portrait()).isEqualTo(new Portrait.Stored("0123"));
        assertThat(order.moods().idle()).isEqualTo(MoodWords.mood("sleepy"));
    }

    @Test
    void shouldStopItsSessionsWhenItCannotRenewItsLease() {
        onAir("a");
        isDatabaseCut = true;
        advance(5);
        assertThat(runner.log()).doesNotContain("end a lost");
        advance(1);
        assertThat(runner.log()).contains("end a lost");
    }

    @Test
    void shouldKeepItsSessionsWhenTheLeaseIsRenewedThoughTheRestTakesLong() throws Exception {
        onAir("a");
        final var woken = new Semaphore(0);
        worker.onWake(woken::release);
        final List<Runnable> asked = new ArrayList<>();
        take = asked::add;
        nowNs += 2 * SECOND;
        worker.step(nowNs);
        // The turn with the heartbeat: what it writes of the session has to wait.
        final var turn = new Thread(asked.getFirst());
        TestLeases.hold(database, "a", () -> {
            turn.start();
            assertThat(awaited(woken)).isTrue();
            for (int i = 0; i < 5; i++) {
                nowNs += SECOND;
                worker.step(nowNs);
            }
        });
        turn.join();
        take = Runnable::run;

        assertThat(runner.log()).doesNotContain("end a lost");
        step();
        assertThat(state("a")).isEqualTo(SessionState.RUNNING);
    }

    private static boolean awaited(Semaphore woken) {
        try {
            return woken.tryAcquire(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void shouldTakeItsOwnSessionUpAgainWhenTheDatabaseComesBack() {
        onAir("a");
        isDatabaseCut = true;
        advance(6);
        runner.session("a").left("lost");
        isDatabaseCut = false;
        lapse("w1");
        advance(1);
        step();
        advance(1);
        step();

        assertThat(runner.log()).endsWith("end a lost", "start a takeover");
        assertThat(state("a")).isEqualTo(SessionState.RUNNING);
        assertThat(runner.log()).noneMatch(line -> line.startsWith("TWICE"));
    }

    @Test
    void shouldStopItsSessionsWhenAnotherHasTakenItForDead() {
        onAir("a");
        queue.register("other", "host", 4);
        lapse("w1");
        assertThat(queue.recover("other", 4)).hasSize(1);
        advance(2);
        step();

        assertThat(runner.log()).contains("end a lost");
        runner.session("a").left("lost");
        step();
        assertThat(state("a")).as("the other one's session is untouched").isEqualTo(SessionState.RUNNING);
        create("b");
        step();
        step();
        assertThat(runner.isRunning("b")).as("it goes on under a new name").isTrue();
    }

    @Test
    void shouldLetSessionsFinishWhenDraining() {
        onAir("a");
        worker.drain(nowNs + 60 * SECOND);
        create("b");
        step();
        assertThat(runner.isRunning("b")).isFalse();
        assertThat(worker.isGone()).isFalse();
        advance(20);
        assertThat(runner.isRunning("a")).isTrue();

        runner.session("a").left("room_closed");
        step();
        step();
        step();
        assertThat(worker.isGone()).isTrue();
        assertThat(state("a")).isEqualTo(SessionState.ENDED);
        assertThat(state("b")).isEqualTo(SessionState.QUEUED);
    }

    @Test
    void shouldHandOverWhatHasNotFinishedWhenDraining() {
        onAir("a");
        queue.register("other", "host", 4);
        worker.drain(nowNs);
        step();
        runner.session("a").left("lost");
        step();
        step();

        assertThat(worker.isGone()).isTrue();
        assertThat(state("a")).isEqualTo(SessionState.RUNNING);
        assertThat(queue.recover("other", 4)).hasSize(1);
    }

    @Test
    void shouldFailWhatItCannotHandOver() {
        onAir("a");
        worker.drain(nowNs);
        step();
        runner.session("a").left("lost");
        step();
        step();

        assertThat(worker.isGone()).isTrue();
        assertThat(failure("a")).isEqualTo("worker.stopped");
    }

    @Test
    void shouldWriteWhatHappenedWhileTheDatabaseWasAway() {
        onAir("a");
        isDatabaseCut = true;
        runner.session("a").left("room_closed");
        advance(1);
        isDatabaseCut = false;
        advance(1);

        assertThat(state("a")).isEqualTo(SessionState.ENDED);
    }

    @Test
    void shouldSleepUntilItsNextLookAtTheStoreWhenItHasNoSessions() {
        assertThat(worker.sleepUntilNs(nowNs)).isEqualTo(nowNs + SECOND);

        nowNs += SECOND;
        assertThat(worker.sleepUntilNs(nowNs)).as("a look is due").isEqualTo(nowNs);
        step();
        assertThat(worker.sleepUntilNs(nowNs)).as("the heartbeat is due too").isEqualTo(nowNs + SECOND);
    }

    @Test
    void shouldKeepTheTimersOfItsSessionsWhileItHasSome() {
        onAir("a");

        assertThat(worker.sleepUntilNs(nowNs) - nowNs).isBetween(1L, SECOND / 10);
    }

    @Test
    void shouldSleepUntilItsLeaseIsOverWhenTheDatabaseDoesNotAnswer() {
        isDatabaseCut = true;
        nowNs += 2 * SECOND;
        step();

        assertThat(worker.sleepUntilNs(nowNs)).isEqualTo(nowNs + 4 * SECOND);
    }

    @Test
    void shouldCheckPortraits() {
        final var avatars = new Avatars(database);
        final var desk = new PortraitDesk(
                avatars,
                (name, file) -> file.length > 1 ? Optional.of("no face found in portrait " + name) : Optional.empty());
        avatars.create(OWNER, "av_1", "Ada", avatars.keep(new byte[] {1}));
        avatars.create(OWNER, "av_2", "Bob", avatars.keep(new byte[] {1, 2}));

        assertThat(desk.checkNext()).isTrue();
        assertThat(desk.checkNext()).isTrue();
        assertThat(desk.checkNext()).isFalse();
        assertThat(avatars.get(OWNER, "av_1").orElseThrow().state()).isEqualTo(Avatars.State.READY);
        assertThat(avatars.get(OWNER, "av_2").orElseThrow().failure()).isEqualTo("no face found in portrait Bob");
    }

    private Worker newWorker(String name) {
        final Executor blocking = work -> {
            if (!isDatabaseCut) {
                take.accept(work);
            } else {
                held.add(work);
            }
        };
        return new Worker(
                queue,
                runner,
                blocking,
                () -> nowNs,
                new Worker.Settings(() -> name + ++names, "host", () -> capacity, 1_000));
    }

    private void step() {
        for (int i = 0; i < 4; i++) {
            if (!isDatabaseCut) {
                // What was asked of a dead connection is answered, late, when the connection is back.
                final List<Runnable> late = List.copyOf(held);
                held.clear();
                late.forEach(Runnable::run);
            }
            worker.step(nowNs);
        }
    }

    private void advance(int seconds) {
        for (int i = 0; i < 4 * seconds; i++) {
            nowNs += SECOND / 4;
            step();
        }
    }

    private void create(String id) {
        sessions.create(TestSpecs.session(id), List.of(), CreateLimits.NONE);
    }

    private void onAir(String id) {
        create(id);
        step();
        runner.session(id).events().onAir();
        step();
        assertThat(state(id)).isEqualTo(SessionState.RUNNING);
    }

    private void onAir(String id, long maxDurationMs) {
        final var usual = TestSpecs.spec();
        final var spec = new SessionSpec(
                usual.avatarId(),
                null,
                usual.room(),
                usual.audio(),
                usual.quality(),
                usual.width(),
                usual.height(),
                false,
                0,
                maxDurationMs,
                null,
                usual.mood(),
                usual.metadata());
        sessions.create(new NewSession(id, "protoface", OWNER, spec, 1, "t", null), List.of(), CreateLimits.NONE);
        step();
        runner.session(id).events().onAir();
        step();
    }

    private Session get(String id) {
        return sessions.get(OWNER, id).orElseThrow();
    }

    private SessionState state(String id) {
        return get(id).state();
    }

    private String failure(String id) {
        return Objects.requireNonNull(get(id).failure()).code();
    }

    /** The worker's lease has run out, by the database's clock. */
    private void lapse(String name) {
        TestLeases.lapse(database, name);
    }
}
