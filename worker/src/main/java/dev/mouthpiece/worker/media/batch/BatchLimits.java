package dev.mouthpiece.worker.media.batch;

/**
 * How far and how wide the device works ahead.
 *
 * @param maxRows most frames of one render batch; the model's largest bucket bounds it too
 * @param leadNs a batch leaves before it is full when its most urgent frame is due within this time
 * @param aheadFrames most frames that a session holds ready or in work; bounded by its ring
 * @param encodeAheadFrames a session with fewer encoded frames than this ahead of its pictures wants more
 * @param idleAheadFrames the same while it does not speak: few, so that the first word waits for none
 * @param maxServiceNs a frame that is due sooner than a batch takes is passed over, if the batch takes no longer than
 *     this; 0 where nothing is passed over before its time
 * @param costs what batches cost here; where known, they say in place of {@code leadNs} when a batch leaves
 */
public record BatchLimits(
        int maxRows,
        long leadNs,
        int aheadFrames,
        int encodeAheadFrames,
        int idleAheadFrames,
        long maxServiceNs,
        BatchCosts costs) {
    /** Limits of a device whose costs are not known. */
    public BatchLimits(
            int maxRows, long leadNs, int aheadFrames, int encodeAheadFrames, int idleAheadFrames, long maxServiceNs) {
        this(maxRows, leadNs, aheadFrames, encodeAheadFrames, idleAheadFrames, maxServiceNs, BatchCosts.UNKNOWN);
    }

    public BatchLimits {
        if (maxRows < 1 || aheadFrames < 1 || encodeAheadFrames < 1 || idleAheadFrames < 0 || leadNs < 0) {
            throw new IllegalArgumentException("limits must be positive: maxRows=" + maxRows + " aheadFrames="
                    + aheadFrames + " idleAheadFrames=" + idleAheadFrames + " leadNs=" + leadNs);
        }
    }

    /**
     * How long before its most urgent frame is due a batch leaves.
     *
     * @param rows that it would have
     * @param tookNs what batches of its kind take as they are served, waiting included: it counts where it is more than was measured
     */
    long leadNs(int rows, long tookNs) {
        if (!costs.areKnown()) {
            return leadNs;
        }
        return Math.max(costs.leadNs(rows, maxRows), Math.min(BatchCosts.MOST_NS, BatchCosts.SLACK_NS + tookNs));
    }
}
