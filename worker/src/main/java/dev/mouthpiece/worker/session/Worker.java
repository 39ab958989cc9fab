package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.store.SessionChange;
import dev.mouthpiece.worker.store.StoreException;
import dev.mouthpiece.worker.store.WorkQueue;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims sessions, runs them, and tells the store how they fare.
 *
 * <p>An agent: {@link #step} belongs to one thread, the conductor; every other public method may be called by any. SQL runs on {@code blocking}, one
 * {@link WorkerTurn} at a time, and answers with a result. A worker that could not renew its lease for as long as the lease lasts stops its sessions by itself,
 * without asking anybody, because somebody else may have them by then; it comes back under a new name.
 *
 * <p>It decides who it is, whether it takes sessions and what a turn asks; {@link TurnSchedule} knows when one is due, {@link Runs} has the sessions, {@link Outbox} what
 * is still to be told of them.
 */
public final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /** How closely sessions' timers are kept. */
    private static final long TIMERS_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Claims in one go, so that one worker does not take the whole queue while others are about to. */
    private static final int MAX_CLAIMS = 16;

    private final WorkQueue queue;
    private final Executor blocking;
    private final LongSupplier clock;
    private final Settings settings;
    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private volatile Runnable wake = () -> {};

    // The conductor's.
    private final TurnSchedule turns;
    private final Outbox outbox = new Outbox();
    private final Runs runs;
    private String name;
    private boolean isRegistered;
    private boolean isTurnOut;
    private long drainDeadlineNs;

    // Written by the conductor, read by all.
    private volatile Phase phase = Phase.WORKING;

    private enum Phase {
        WORKING,
        DRAINING,
        ENDING,
        GONE
    }

    /**
     * What a worker is.
     *
     * @param names gives a name that no other worker has or had
     * @param host for people
     * @param capacity places, asked for again with every heartbeat; 0 while it is not ready
     * @param pollMs how often to look for work that nobody has told about
     */
    public record Settings(Supplier<String> names, String host, IntSupplier capacity, long pollMs) {}

    /**
     * A worker that has not begun.
     *
     * @param blocking runs what blocks
     * @param clock monotonic, ns
     */
    public Worker(WorkQueue queue, SessionRunner runner, Executor blocking, LongSupplier clock, Settings settings) {
        this.queue = queue;
        this.blocking = blocking;
        this.clock = clock;
        this.settings = settings;
        this.name = settings.names().get();
        this.turns = new TurnSchedule(clock.getAsLong(), queue.limits().lease(), settings.pollMs());
        this.runs = new Runs(runner, clock, this::post, turns, outbox);
    }

    /** What is called, on any thread, when the conductor should take its turn. */
    public void onWake(Runnable wake) {
        this.wake = wake;
    }

    /** There may be work. */
    public void nudge() {
        post(turns::want);
    }

    /**
     * Takes no more sessions. Those it has may finish until {@code deadlineNs}; then another worker gets them, or they are over where there is none.
     *
     * @param deadlineNs on the clock; an earlier one than before counts
     */
    public void drain(long deadlineNs) {
        post(() -> {
            if (phase == Phase.WORKING) {
                phase = Phase.DRAINING;
                drainDeadlineNs = deadlineNs;
                turns.hastenHeartbeat(clock.getAsLong());
            } else if (deadlineNs - drainDeadlineNs < 0) {
                drainDeadlineNs = deadlineNs;
            }
        });
    }

    /** Whether it is over, after {@link #drain}. */
    public boolean isGone() {
        return phase == Phase.GONE;
    }

    /** Whether it takes sessions. */
    public boolean isWorking() {
        return phase == Phase.WORKING;
    }

    /** Places taken. */
    public int used() {
        return runs.used();
    }

    private void post(Runnable command) {
        mailbox.add(command);
        wake.run();
    }

    /** The conductor's turn. Returns how much was done. */
    public int step(long nowNs) {
        int work = 0;
        for (Runnable command = mailbox.poll(); command != null; command = mailbox.poll()) {
            command.run();
            work++;
        }
        if (phase == Phase.GONE) {
            return work;
        }
        if (isRegistered && turns.isLeaseOver(nowNs)) {
            abandon(nowNs, "no heartbeat reached the database in time");
        }
        runs.watch(nowNs);
        if (phase == Phase.DRAINING && (runs.isEmpty() || drainDeadlineNs - nowNs <= 0)) {
            phase = Phase.ENDING;
            runs.handOver(nowNs);
        }
        if (!isTurnOut && isTurnDue(nowNs)) {
            takeTurn(nowNs);
            work++;
        }
        return work;
    }

    /**
     * Until when the conductor may sleep after a turn in which there was nothing to do, if nobody wakes it: a worker without sessions costs next to nothing.
     * The conductor's.
     */
    public long sleepUntilNs(long nowNs) {
        if (!runs.isEmpty() || phase != Phase.WORKING) {
            return nowNs + TIMERS_NS;
        }
        if (isTurnOut) {
            return isRegistered ? turns.leaseEndNs() : nowNs + TurnSchedule.HEARTBEAT_NS;
        }
        return turns.dueNs(nowNs, outbox.hasChanges());
    }

    private boolean isTurnDue(long nowNs) {
        if (phase == Phase.ENDING && !runs.isEmpty()) {
            return turns.isHeartbeatDue(nowNs);
        }
        return turns.isDue(nowNs, outbox.hasChanges() || phase == Phase.ENDING);
    }

    private void takeTurn(long nowNs) {
        final boolean isHeartbeat = turns.isHeartbeatDue(nowNs);
        final boolean isRecover = phase == Phase.WORKING && isRegistered && turns.isRecoverDue(nowNs);
        final boolean isLast = phase == Phase.ENDING && runs.isEmpty();
        final Set<String> known = new HashSet<>();
        runs.addIds(known);
        outbox.addIds(known);
        final List<SessionChange> said = outbox.changes(isLast);
        if (isHeartbeat) {
            runs.addUsage(said, nowNs);
        }
        final int capacity = settings.capacity().getAsInt();
        final var turn = new WorkerTurn(
                name,
                settings.host(),
                !isRegistered,
                isHeartbeat,
                isRecover,
                phase != Phase.WORKING,
                isLast,
                capacity,
                phase == Phase.WORKING ? Math.min(MAX_CLAIMS, capacity - runs.used()) : 0,
                known,
                said);
        final List<SessionChange> unsaid = outbox.take();
        isTurnOut = true;
        turns.onAsked(nowNs, isRecover);
        blocking.execute(() -> {
            try {
                final WorkerTurn.Answer answer = turn.ask(queue, () -> post(() -> onRenewed(turn, nowNs)));
                post(() -> onAnswer(turn, answer));
            } catch (RuntimeException e) {
                post(() -> onSilence(turn, unsaid, e));
            }
        });
    }

    private void onRenewed(WorkerTurn turn, long askedNs) {
        if (turn.name().equals(name)) {
            isRegistered = true;
            turns.onRenewed(askedNs);
        }
    }

    private void onAnswer(WorkerTurn turn, WorkerTurn.Answer answer) {
        isTurnOut = false;
        final long nowNs = clock.getAsLong();
        if (!turn.name().equals(name)) {
            // Given up meanwhile: whatever this turn has claimed is found with the old name.
            blocking.execute(() -> leave(turn.name()));
            return;
        }
        if (turn.isLast()) {
            phase = Phase.GONE;
            return;
        }
        if (!answer.isAlive()) {
            abandon(nowNs, "another worker has taken it for dead");
            return;
        }
        runs.onAttention(turn.known(), answer.attention(), nowNs);
        answer.claims().forEach(claim -> runs.start(claim, nowNs));
        if (!answer.claims().isEmpty()) {
            // There may be more where these came from.
            turns.want();
        }
    }

    private void onSilence(WorkerTurn turn, List<SessionChange> unsaid, RuntimeException e) {
        isTurnOut = false;
        if (e instanceof StoreException) {
            LOG.warn("{}", e.getMessage());
        } else {
            LOG.error("the worker's turn with the store failed", e);
        }
        if (turn.name().equals(name)) {
            outbox.putBack(unsaid);
        }
        turns.onSilence(clock.getAsLong());
    }

    /** Gives up the name and all that goes with it. The sessions leave their rooms; whoever finds them first takes them up again. */
    private void abandon(long nowNs, String why) {
        LOG.warn("worker {} gives up its {} sessions: {}", name, runs.size(), why);
        runs.abandon(nowNs);
        outbox.clear();
        final String old = name;
        name = settings.names().get();
        isRegistered = false;
        turns.hastenHeartbeat(nowNs);
        turns.want();
        if (!isTurnOut) {
            blocking.execute(() -> leave(old));
        }
    }

    private void leave(String old) {
        try {
            queue.leave(old);
        } catch (StoreException e) {
            LOG.debug("{}: its lease will run out by itself", e.getMessage());
        }
    }
}
