package dev.mouthpiece.worker.media.batch;

/**
 * What render batches cost on this device, as measured, and what follows from it: how many rows are worth waiting for, and how
 * long a batch may wait. Immutable.
 */
public final class BatchCosts {
    /** Not measured: the limits' own window holds, and batches may be as large as the model takes them. */
    public static final BatchCosts UNKNOWN = new BatchCosts(new int[0], new long[0]);

    /** A tick of the pacer, and as much for threads that wake up late. */
    static final long SLACK_NS = 20_000_000L;

    /** Four frames of 25 a second: a session holds six ready at most, and what waits longer is rendered too early. */
    static final long MOST_NS = 160_000_000L;

    /** More rows are worth waiting for where they make so many more frames a second. */
    private static final double WORTH = 1.05;

    private final int[] rows;
    private final long[] costNs;

    private BatchCosts(int[] rows, long[] costNs) {
        this.rows = rows;
        this.costNs = costNs;
    }

    /**
     * As measured.
     *
     * @param rows sizes of batches, ascending, from 1
     * @param costNs what a batch of each size takes, renderer and compositor, more than 0
     */
    public static BatchCosts of(int[] rows, long[] costNs) {
        if (rows.length == 0 || rows.length != costNs.length) {
            throw new IllegalArgumentException(
                    "each size has a cost: sizes=" + rows.length + " costs=" + costNs.length);
        }
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] < 1 || costNs[i] <= 0 || (i > 0 && rows[i] <= rows[i - 1])) {
                throw new IllegalArgumentException(
                        "sizes must ascend from 1 and cost something: rows=" + rows[i] + " costNs=" + costNs[i]);
            }
        }
        return new BatchCosts(rows.clone(), costNs.clone());
    }

    public boolean areKnown() {
        return rows.length > 0;
    }

    /** The rows of a full batch: of the sizes up to {@code most} the smallest that none of them beats by much. */
    public int fullRows(int most) {
        int best = -1;
        for (int i = 0; i < rows.length && rows[i] <= most; i++) {
            if (best < 0 || rate(i) > WORTH * rate(best)) {
                best = i;
            }
        }
        return best < 0 ? most : rows[best];
    }

    private double rate(int index) {
        return rows[index] / (double) costNs[index];
    }

    /** What a batch of so many rows takes: it is computed as one of the next size that was measured. */
    public long costNs(int count) {
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] >= count) {
                return costNs[i];
            }
        }
        return rows.length == 0 ? 0 : costNs[rows.length - 1];
    }

    /**
     * How long before its most urgent frame is due a batch of so many rows leaves: in time for a full batch that is being
     * computed, for itself, and for what threads are late.
     *
     * @param full rows of a full batch
     */
    public long leadNs(int count, int full) {
        return Math.min(MOST_NS, SLACK_NS + costNs(full) + costNs(count));
    }
}
