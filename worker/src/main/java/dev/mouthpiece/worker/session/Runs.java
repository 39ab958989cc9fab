package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.store.Attention;
import dev.mouthpiece.worker.store.Claim;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionChange;
import dev.mouthpiece.worker.store.SessionCommand;
import dev.mouthpiece.worker.store.SessionSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that a worker has: starts them, keeps their timers, hears how they fare, until they have left their rooms.
 *
 * <p>Owned by the {@link Worker}, which alone deals with the store. Conductor's thread, but for {@link #used}; what runners tell, on whatever thread, is brought there.
 */
final class Runs {
    /** The worker's, so that all that becomes of sessions is logged under one name. */
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /** A session that is not on air by then never will be. */
    private static final long MAX_START_NS = TimeUnit.SECONDS.toNanos(30);

    /** A session that has not left its room by then is taken for gone. */
    private static final long MAX_END_NS = TimeUnit.SECONDS.toNanos(5);

    private final SessionRunner runner;
    private final LongSupplier clock;
    private final Consumer<Runnable> conductor;
    private final TurnSchedule turns;
    private final Outbox outbox;
    private final Map<String, Run> runs = new HashMap<>();

    /** Claims of sessions that this worker itself has not left yet. */
    private final Map<String, Claim> again = new HashMap<>();

    /** Written by the conductor, read by all. */
    private final AtomicInteger used = new AtomicInteger();

    /**
     * No sessions yet.
     *
     * @param conductor carries out what it is given, on the conductor's thread and soon
     * @param turns told when a place becomes free
     * @param outbox takes what the store is to be told of them
     */
    Runs(SessionRunner runner, LongSupplier clock, Consumer<Runnable> conductor, TurnSchedule turns, Outbox outbox) {
        this.runner = runner;
        this.clock = clock;
        this.conductor = conductor;
        this.turns = turns;
        this.outbox = outbox;
    }

    /** Places taken. Any thread. */
    int used() {
        return used.get();
    }

    int size() {
        return runs.size();
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    /** Starts a session that has been claimed. */
    void start(Claim claim, long nowNs) {
        final var run = new Run(claim, nowNs);
        if (runs.containsKey(run.id())) {
            // Taken up again before this worker itself has left the room.
            again.put(run.id(), claim);
            return;
        }
        final String token = claim.token();
        if (token == null) {
            final var failure = new Session.Failure("internal", "The session has no token any more.");
            outbox.add(new SessionChange.Failed(run.id(), run.fence(), failure, run.usage(nowNs)));
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

    /** Looks at every session's timers. */
    void watch(long nowNs) {
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

    /**
     * Heeds what the store wants of them.
     *
     * @param known those that the store was asked about: of newer ones it does not speak
     */
    void onAttention(Set<String> known, Attention attention, long nowNs) {
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

    /** Leaves them to other workers, with what they took so far. */
    void handOver(long nowNs) {
        for (final Run run : runs.values()) {
            if (!run.isLost()) {
                outbox.addUnfinished(new SessionChange.Used(run.id(), run.fence(), run.usage(nowNs)));
                run.lose(nowNs);
            }
        }
    }

    /** Another worker may have them by now: they leave their rooms, and nothing more is told of them. */
    void abandon(long nowNs) {
        runs.values().forEach(run -> run.lose(nowNs));
        again.clear();
    }

    /** Adds which sessions are on hand. */
    void addIds(Set<String> ids) {
        ids.addAll(runs.keySet());
        ids.addAll(again.keySet());
    }

    /** Adds what those on air took so far. */
    void addUsage(List<SessionChange> said, long nowNs) {
        for (final Run run : runs.values()) {
            if (run.isOnAir() && !run.isEnding()) {
                said.add(new SessionChange.Used(run.id(), run.fence(), run.usage(nowNs)));
            }
        }
    }

    /** The session has left its room, or is taken for gone: its place is free, and a claim that has waited for this begins. */
    private void over(Run run, SessionChange how) {
        if (!runs.remove(run.id(), run)) {
            return;
        }
        used.addAndGet(-run.cost());
        turns.want();
        final Claim claim = again.remove(run.id());
        if (claim != null) {
            start(claim, clock.getAsLong());
        }
        if (run.isLost()) {
            return;
        }
        outbox.add(how);
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

    /** Who takes the session over is to go on with what it is by now. */
    private void keep(Run run, SessionSpec before) {
        if (!run.spec().equals(before) && !run.isLost()) {
            outbox.add(new SessionChange.Changed(run.id(), run.fence(), run.spec()));
        }
    }

    private static void tell(Run run, String what) {
        LOG.atInfo().addKeyValue("session", run.id()).log(what);
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
            conductor.accept(() -> {
                if (run.onAir(nowNs) && !run.isLost()) {
                    tell(run, "session on air");
                    outbox.add(new SessionChange.OnAir(run.id(), run.fence()));
                }
            });
        }

        @Override
        public void shown(Portrait.Stored portrait) {
            conductor.accept(() -> {
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
            conductor.accept(() -> over(run, run.over(reason, nowNs)));
        }

        @Override
        public void failed(String code, String message) {
            final long nowNs = clock.getAsLong();
            conductor.accept(() -> over(
                    run,
                    new SessionChange.Failed(
                            run.id(), run.fence(), new Session.Failure(code, message), run.usage(nowNs))));
        }
    }
}
