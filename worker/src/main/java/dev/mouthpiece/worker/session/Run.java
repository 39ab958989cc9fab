package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.store.Claim;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionChange;
import dev.mouthpiece.worker.store.SessionSpec;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One session that this worker runs, and its timers. Conductor's thread, but for {@link #active}. */
final class Run {
    private static final long NEVER = -1;

    private final Claim claim;
    private final long startNs;
    private @Nullable RunningSession session;
    private Session.@Nullable Failure failure;
    private SessionSpec spec;
    private long onAirNs = NEVER;
    private long endNs = NEVER;
    private boolean isLost;
    private volatile long activeNs;

    Run(Claim claim, long nowNs) {
        this.claim = claim;
        this.spec = claim.session().spec();
        this.startNs = nowNs;
    }

    String id() {
        return claim.session().id();
    }

    long fence() {
        return claim.fence();
    }

    int cost() {
        return claim.cost();
    }

    void started(RunningSession session) {
        this.session = session;
    }

    /** Returns whether this is news. */
    boolean onAir(long nowNs) {
        if (onAirNs != NEVER) {
            return false;
        }
        onAirNs = nowNs;
        activeNs = nowNs;
        return true;
    }

    boolean isOnAir() {
        return onAirNs != NEVER;
    }

    /** Somebody speaks. Any thread. */
    void active(long nowNs) {
        activeNs = nowNs;
    }

    /** Asks it to leave the room, once. */
    void end(String reason, long nowNs) {
        if (endNs == NEVER) {
            endNs = nowNs;
            if (session != null) {
                session.end(reason);
            }
        }
    }

    /** Asks it to leave the room, because it cannot go on. */
    void fail(Session.Failure failure, long nowNs) {
        this.failure = failure;
        end("failed", nowNs);
    }

    /** What is to be written when it has left the room. */
    SessionChange over(String reason, long nowNs) {
        return failure == null
                ? new SessionChange.Ended(id(), fence(), reason, usage(nowNs))
                : new SessionChange.Failed(id(), fence(), failure, usage(nowNs));
    }

    /** It is another worker's by now: it ends, and nothing more is written of it. */
    void lose(long nowNs) {
        isLost = true;
        end("lost", nowNs);
    }

    boolean isLost() {
        return isLost;
    }

    boolean isEnding() {
        return endNs != NEVER;
    }

    /** How long it has been ending. */
    long endingNs(long nowNs) {
        return endNs == NEVER ? 0 : nowNs - endNs;
    }

    /** How long it has been starting. */
    long startingNs(long nowNs) {
        return onAirNs == NEVER ? nowNs - startNs : 0;
    }

    boolean isIdle(long nowNs) {
        return spec.idleTimeoutMs() > 0
                && onAirNs != NEVER
                && nowNs - activeNs >= TimeUnit.MILLISECONDS.toNanos(spec.idleTimeoutMs());
    }

    boolean isTooLong(long nowNs) {
        return spec.maxDurationMs() > 0 && onAirNs != NEVER && usage(nowNs).billableMs() >= spec.maxDurationMs();
    }

    /** What it took, with all workers that had it. */
    Session.Usage usage(long nowNs) {
        final Session.Usage before = claim.session().usage();
        if (onAirNs == NEVER) {
            return before;
        }
        final long until = endNs == NEVER ? nowNs : endNs;
        return new Session.Usage(
                before.billableMs() + TimeUnit.NANOSECONDS.toMillis(Math.max(0, until - onAirNs)),
                before.frames() + (session == null ? 0 : session.frames()));
    }

    void carryOut(CommandKind kind, String body, long nowNs) {
        if (session == null || isEnding()) {
            return;
        }
        switch (kind) {
            case SHOW_PICTURE -> session.show(new Portrait.Stored(body));
            case RESET_IDLE_TIMEOUT -> active(nowNs);
            case SPEAKING_PROMPT ->
                feel(session, new SessionSpec.Mood(body, spec.mood().idle()));
            case IDLE_PROMPT -> feel(session, new SessionSpec.Mood(spec.mood().speaking(), body));
        }
    }

    private void feel(RunningSession on, SessionSpec.Mood mood) {
        spec = spec.withMood(mood);
        on.feel(moods());
    }

    /** Another picture is on air. */
    void shown(Portrait.Stored portrait) {
        spec = spec.withPicture(portrait.sha256());
    }

    /** What it is by now. */
    SessionSpec spec() {
        return spec;
    }

    /** How it feels, by the last prompts. */
    Moods moods() {
        return new Moods(
                MoodWords.mood(spec.mood().speaking()),
                MoodWords.mood(spec.mood().idle()));
    }
}
