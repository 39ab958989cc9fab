package dev.mouthpiece.worker.livekit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How often and how long a lost session is tried to be had again: at once, then after random pauses whose bound doubles, so that the
 * participants of a server that comes back do not come all at once.
 */
final class Attempts {
    static final long FIRST_PAUSE_MS = 300;
    static final long MAX_PAUSE_MS = 7_000;
    /** Tells that the time is over. */
    static final long GIVE_UP = -1;

    private final RandomGenerator random;
    private int failures;
    private long firstFailureNs;

    Attempts(RandomGenerator random) {
        this.random = random;
    }

    /**
     * One has failed, or what stood has broken.
     *
     * @param limit from the first failure on
     * @return how many milliseconds to wait before the next attempt, or {@link #GIVE_UP}
     */
    long onFailure(long nowNs, Duration limit) {
        if (failures == 0) {
            firstFailureNs = nowNs;
        }
        final int before = failures++;
        if (nowNs - firstFailureNs >= limit.toNanos()) {
            return GIVE_UP;
        }
        return before == 0 ? 0 : random.nextLong(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS << Math.min(before - 1, 8)) + 1);
    }

    /** Since the first failure, in seconds. */
    long seconds(long nowNs) {
        return TimeUnit.NANOSECONDS.toSeconds(nowNs - firstFailureNs);
    }

    /** It has worked. */
    void onSuccess() {
        failures = 0;
    }
}
