package dev.mouthpiece.worker.live;

/**
 * Spreads the sessions' frame times over 40 ms, so that their pictures are not pushed, encoded and rendered all at once.
 *
 * <p>A phase is a multiple of 2.5 ms: sixteen places for pictures, and only four moments within 10 ms at which the pacer
 * wakes. Not thread-safe.
 */
final class PhasePlan {
    static final long PERIOD_NS = 40_000_000L;
    static final int PLACES = 16;
    private static final long STEP_NS = PERIOD_NS / PLACES;

    private final int[] taken = new int[PLACES];

    /** The first moment, from {@code earliestNs} on, in the place that fewest sessions have. */
    long take(long earliestNs) {
        final int first = place(earliestNs + STEP_NS - 1);
        int best = first;
        // From one place to the farthest, so that few sessions are far apart.
        for (int i = 0; i < PLACES; i++) {
            final int place = (first + (i * 7)) % PLACES;
            if (taken[place] < taken[best]) {
                best = place;
            }
        }
        taken[best]++;
        final long base = Math.floorDiv(earliestNs, PERIOD_NS) * PERIOD_NS + best * STEP_NS;
        return base - earliestNs >= 0 ? base : base + PERIOD_NS;
    }

    /** The session that began at {@code startNs} is over. */
    void giveBack(long startNs) {
        taken[place(startNs)]--;
    }

    private static int place(long ns) {
        return (int) (Math.floorMod(ns, PERIOD_NS) / STEP_NS);
    }
}
