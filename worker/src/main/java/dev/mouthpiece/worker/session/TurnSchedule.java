package dev.mouthpiece.worker.session;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * When a worker takes its next turn with the store, and how long its lease lasts. Knows times only: what is asked, and whether it may be asked yet, is the
 * {@link Worker}'s, which owns it. Conductor's thread.
 */
final class TurnSchedule {
    static final long HEARTBEAT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long RECOVER_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final long leaseLengthNs;
    private final long pollPeriodNs;
    private boolean isWanted = true;
    private long leaseNs;
    private long heartbeatNs;
    private long recoverNs;
    private long pollNs;
    private long retryNs;

    /**
     * All is due at once.
     *
     * @param lease how long one lasts
     * @param pollMs how often to look for work that nobody has told about
     */
    TurnSchedule(long nowNs, Duration lease, long pollMs) {
        this.leaseLengthNs = lease.toNanos();
        this.pollPeriodNs = TimeUnit.MILLISECONDS.toNanos(pollMs);
        this.leaseNs = nowNs;
        this.heartbeatNs = nowNs;
        this.recoverNs = nowNs;
        this.pollNs = nowNs;
        this.retryNs = nowNs;
    }

    /** There is a reason to ask soon: work, or a place for it. */
    void want() {
        isWanted = true;
    }

    /** The next heartbeat is not waited for. */
    void hastenHeartbeat(long nowNs) {
        heartbeatNs = nowNs;
    }

    boolean isHeartbeatDue(long nowNs) {
        return heartbeatNs - nowNs <= 0;
    }

    boolean isRecoverDue(long nowNs) {
        return recoverNs - nowNs <= 0;
    }

    /** @param hasNews whether there is something to tell, which is reason enough */
    boolean isDue(long nowNs, boolean hasNews) {
        return retryNs - nowNs <= 0 && (isWanted || hasNews || isHeartbeatDue(nowNs) || pollNs - nowNs <= 0);
    }

    /** When {@link #isDue} comes true if nothing happens until then. */
    long dueNs(long nowNs, boolean hasNews) {
        final long askNs = isWanted || hasNews ? nowNs : earlier(heartbeatNs, pollNs);
        return askNs - retryNs < 0 ? retryNs : askNs;
    }

    private static long earlier(long oneNs, long otherNs) {
        return oneNs - otherNs < 0 ? oneNs : otherNs;
    }

    /** A turn begins. */
    void onAsked(long nowNs, boolean isRecover) {
        isWanted = false;
        pollNs = nowNs + pollPeriodNs;
        recoverNs = isRecover ? nowNs + RECOVER_NS : recoverNs;
    }

    /** The lease counts from when it was asked for: it is the shorter one than the database's. */
    void onRenewed(long askedNs) {
        leaseNs = askedNs;
        heartbeatNs = askedNs + HEARTBEAT_NS;
    }

    /** The store has not answered: it is asked again, but not at once. */
    void onSilence(long nowNs) {
        isWanted = true;
        retryNs = nowNs + RETRY_NS;
    }

    boolean isLeaseOver(long nowNs) {
        return nowNs - leaseNs >= leaseLengthNs;
    }

    long leaseEndNs() {
        return leaseNs + leaseLengthNs;
    }
}
