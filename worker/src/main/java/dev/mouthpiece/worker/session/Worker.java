package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.store.Attention;
import dev.mouthpiece.worker.store.Claim;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionChange;
import dev.mouthpiece.worker.store.SessionCommand;
import dev.mouthpiece.worker.store.SessionSpec;
import dev.mouthpiece.worker.store.StoreException;
import dev.mouthpiece.worker.store.WorkQueue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
 */
public final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private static final long HEARTBEAT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long RECOVER_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(250);

    /** How closely sessions' timers are kept. */
    private static final long TIMERS_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** A session that is not on air by then never will be. */
    private static final long MAX_START_NS = TimeUnit.SECONDS.toNanos(30);

    /** A session that has not left its room by then is taken for gone. */
    private static final long MAX_END_NS = TimeUnit.SECONDS.toNanos(5);

    /** Claims in one go, so that one worker does not take the whole queue while others are about to. */
    private static final int MAX_CLAIMS = 16;

    private final WorkQueue queue;
    private final SessionRunner runner;
    private final Executor blocking;
    private final LongSupplier clock;
    private final Settings settings;
    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private volatile Runnable wake = () -> {};

    // The conductor's.
    private final Map<String, Run> runs = new HashMap<>();
    private final Map<String, Claim> again = new HashMap<>();
    private final List<SessionChange> unfinished = new ArrayList<>();
    private List<SessionChange> changes = new ArrayList<>();
    private String name;
    private boolean isRegistered;
    private boolean isTurnOut;
    private boolean isWanted = true;
    private long leaseNs;
    private long heartbeatNs;
    private long recoverNs;
    private long pollNs;
    private long retryNs;
    private long drainDeadlineNs;

    // Written by the conductor, read by all.
    private volatile Phase phase = Phase.WORKING;
    private final AtomicInteger used = new AtomicInteger();

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
        this.runner = runner;
        this.blocking = blocking;
        this.clock = clock;
        this.settings = settings;
        this.name = settings.names().get();
        final long nowNs = clock.getAsLong();
        this.leaseNs = nowNs;
        this.heartbeatNs = nowNs;
        this.recoverNs = nowNs;
        this.pollNs = nowNs;
        this.retryNs = nowNs;
    }

    /** What is called, on any thread, when the conductor should take its turn. */
    public void onWake(Runnable wake) {
        this.wake = wake;
    }

    /** There may be work. */
    public void nudge() {
        post(() -> isWanted = true);
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
                heartbeatNs = clock.getAsLong();
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
        return used.get();
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
        if (isRegistered && nowNs - leaseNs >= queue.limits().lease().toNanos()) {
            abandon(nowNs, "no heartbeat reached the database in time");
        }
        watch(nowNs);
        if (phase == Phase.DRAINING && (runs.isEmpty() || drainDeadlineNs - nowNs <= 0)) {
            handOver(nowNs);
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
            return isRegistered ? leaseNs + queue.limits().lease().toNanos() : nowNs + HEARTBEAT_NS;
        }
        final long askNs = isWanted || !changes.isEmpty() ? nowNs : earlier(heartbeatNs, pollNs);
        return askNs - retryNs < 0 ? retryNs : askNs;
    }

    private static long earlier(long oneNs, long otherNs) {
        return oneNs - otherNs < 0 ? oneNs : otherNs;
    }

    /** Looks at every session's timers. */
    private void watch(long nowNs) {
        for (final Run run : List.copyOf(runs.values())) {
            if (!run.isEnding()) {
                watch(run, nowNs);
            } else if (run.endingNs(nowNs) >= MAX_END_NS) {
                LOG.atError().addKeyValue("session", run.id()).log("the session did not leave its room in time");
                over(run, run.over("ended", nowNs));
            }
        }
    }

    private static void watch(Run run, long nowNs) {
        if (run.startingNs(nowNs) >= MAX_START_NS) {
            run.fail(new Session.Failure("start.timeout", "The avatar did not come on air in time."), nowNs);
        } else if (run.isTooLong(nowNs)) {
            run.end("max_duration", nowNs);
        } else if (run.isIdle(nowNs)) {
            run.end("idle_timeout", nowNs);
        }
    }

    // The store.

    private boolean isTurnDue(long nowNs) {
        if (phase == Phase.ENDING && !runs.isEmpty()) {
            return heartbeatNs - nowNs <= 0;
        }
        return retryNs - nowNs <= 0
                && (isWanted
                        || !changes.isEmpty()
                        || phase == Phase.ENDING
                        || heartbeatNs - nowNs <= 0
                        || pollNs - nowNs <= 0);
    }

    private void takeTurn(long nowNs) {
        final boolean isHeartbeat = heartbeatNs - nowNs <= 0;
        final boolean isRecover = phase == Phase.WORKING && isRegistered && recoverNs - nowNs <= 0;
        final Set<String> known = new HashSet<>(runs.keySet());
        known.addAll(again.keySet());
        changes.forEach(change -> known.add(change.id()));
        final boolean isLast = phase == Phase.ENDING && runs.isEmpty();
        final List<SessionChange> said = new ArrayList<>(changes);
        if (isLast) {
            said.addAll(unfinished);
        } else if (isHeartbeat) {
            for (final Run run : runs.values()) {
                if (run.isOnAir() && !run.isEnding()) {
                    said.add(new SessionChange.Used(run.id(), run.fence(), run.usage(nowNs)));
                }
            }
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
                phase == Phase.WORKING ? Math.min(MAX_CLAIMS, capacity - used.get()) : 0,
                known,
                said);
        final List<SessionChange> unsaid = changes;
        changes = new ArrayList<>();
        isTurnOut = true;
        isWanted = false;
        pollNs = nowNs + TimeUnit.MILLISECONDS.toNanos(settings.pollMs());
        recoverNs = isRecover ? nowNs + RECOVER_NS : recoverNs;
        blocking.execute(() -> {
            try {
                final WorkerTurn.Answer answer = turn.ask(queue, () -> post(() -> onRenewed(turn, nowNs)));
                post(() -> onAnswer(turn, answer));
            } catch (RuntimeException e) {
                post(() -> onSilence(turn, unsaid, e));
            }
        });
    }

    /** The lease counts from when it was asked for: it is the shorter one than the database's. */
    private void onRenewed(WorkerTurn turn, long askedNs) {
        if (turn.name().equals(name)) {
            isRegistered = true;
            leaseNs = askedNs;
            heartbeatNs = askedNs + HEARTBEAT_NS;
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
        onAttention(turn.known(), answer.attention(), nowNs);
        answer.claims().forEach(claim -> start(claim, nowNs));
        // There may be more where these came from.
        isWanted |= !answer.claims().isEmpty();
    }

    private void onSilence(WorkerTurn turn, List<SessionChange> unsaid, RuntimeException e) {
        isTurnOut = false;
        if (e instanceof StoreException) {
            LOG.warn("{}", e.getMessage());
        } else {
            LOG.error("the worker's turn with the store failed", e);
        }
        if (turn.name().equals(name)) {
            final List<SessionChange> again = new ArrayList<>(unsaid);
            again.addAll(changes);
            changes = again;
        }
        isWanted = true;
        retryNs = clock.getAsLong() + RETRY_NS;
    }

    private void onAttention(Set<String> known, Attention attention, long nowNs) {
        final Map<String, Attention.Mine> mine = new HashMap<>();
        attention.mine().forEach(one -> mine.put(one.id(), one));
        for (final Run run : runs.values()) {
            if (!known.contains(run.id()) || run.isLost()) {
                continue;
            }
            final Attention.Mine one = mine.get(run.id());
            if (one == null || one.fence() != run.fence()) {
                LOG.atWarn().addKeyValue("session", run.id()).log("the session is another worker's by now");
                run.lose(nowNs);
            } else if (!one.endReason().isEmpty()) {
                run.end(one.endReason(), nowNs);
            }
        }
        for (final SessionCommand command : attention.commands()) {
            final Run run = runs.get(command.sessionId());
            if (run != null) {
                final SessionSpec before = run.spec();
                run.carryOut(CommandKind.valueOf(command.kind()), command.body(), nowNs);
                keep(run, before);
            }
        }
    }

    /** Who takes the session over is to go on with what it is by now. */
    private void keep(Run run, SessionSpec before) {
        if (!run.spec().equals(before) && !run.isLost()) {
            changes.add(new SessionChange.Changed(run.id(), run.fence(), run.spec()));
        }
    }

    /** Gives up the name and all that goes with it. The sessions leave their rooms; whoever finds them first takes them up again. */
    private void abandon(long nowNs, String why) {
        LOG.warn("worker {} gives up its {} sessions: {}", name, runs.size(), why);
        runs.values().forEach(run -> run.lose(nowNs));
        changes = new ArrayList<>();
        again.clear();
        final String old = name;
        name = settings.names().get();
        isRegistered = false;
        heartbeatNs = nowNs;
        isWanted = true;
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

    private void handOver(long nowNs) {
        phase = Phase.ENDING;
        for (final Run run : runs.values()) {
            if (!run.isLost()) {
                unfinished.add(new SessionChange.Used(run.id(), run.fence(), run.usage(nowNs)));
                run.lose(nowNs);
            }
        }
    }

    // Sessions.

    private void start(Claim claim, long nowNs) {
        final var run = new Run(claim, nowNs);
        if (runs.containsKey(run.id())) {
            // Taken up again before this worker itself has left the room.
            again.put(run.id(), claim);
            return;
        }
        final String token = claim.token();
        if (token == null) {
            final var failure = new Session.Failure("internal", "The session has no token any more.");
            changes.add(new SessionChange.Failed(run.id(), run.fence(), failure, run.usage(nowNs)));
            return;
        }
        runs.put(run.id(), run);
        used.addAndGet(run.cost());
        tell(run, claim.isTakeover() ? "session taken over" : "session starting");
        final Session session = claim.session();
        run.started(runner.start(
                new SessionOrder(
                        run.id(), session.spec(), Portrait.of(session.spec()), run.moods(), token, claim.isTakeover()),
                new Events(run)));
    }

    /** Brings what a runner tells, on whatever thread, to the conductor. */
    private final class Events implements RunEvents {
        private final Run run;

        Events(Run run) {
            this.run = run;
        }

        @Override
        public void onAir() {
            final long nowNs = clock.getAsLong();
            post(() -> {
                if (run.onAir(nowNs) && !run.isLost()) {
                    tell(run, "session on air");
                    changes.add(new SessionChange.OnAir(run.id(), run.fence()));
                }
            });
        }

        @Override
        public void shown(Portrait.Stored portrait) {
            post(() -> {
                final SessionSpec before = run.spec();
                run.shown(portrait);
                keep(run, before);
            });
        }

        @Override
        public void active() {
            run.active(clock.getAsLong());
        }

        @Override
        public void ended(String reason) {
            final long nowNs = clock.getAsLong();
            post(() -> over(run, run.over(reason, nowNs)));
        }

        @Override
        public void failed(String code, String message) {
            final long nowNs = clock.getAsLong();
            post(() -> over(
                    run,
                    new SessionChange.Failed(
                            run.id(), run.fence(), new Session.Failure(code, message), run.usage(nowNs))));
        }
    }

    private void over(Run run, SessionChange how) {
        if (!runs.remove(run.id(), run)) {
            return;
        }
        used.addAndGet(-run.cost());
        isWanted = true;
        final Claim claim = again.remove(run.id());
        if (claim != null) {
            start(claim, clock.getAsLong());
        }
        if (run.isLost()) {
            return;
        }
        changes.add(how);
        switch (how) {
            case SessionChange.Failed failed ->
                tell(
                        run,
                        "session failed: " + failed.failure().code() + ": "
                                + failed.failure().message());
            case SessionChange.Ended ended -> tell(run, "session ended: " + ended.reason());
            default -> {}
        }
    }

    private static void tell(Run run, String what) {
        LOG.atInfo().addKeyValue("session", run.id()).log(what);
    }
}
