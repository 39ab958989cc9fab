package dev.mouthpiece.worker.media;

import dev.mouthpiece.worker.media.batch.BatchCosts;
import dev.mouthpiece.worker.media.batch.BatchLimits;
import dev.mouthpiece.worker.media.pace.PaceLimits;

/**
 * The media path's sizes.
 *
 * @param lanes inference threads: one per core on the CPU, one on a GPU
 * @param laneDepth batches that each of them may have in hand
 * @param ringFrames pictures of a session's frame ring
 * @param audioRingBytes bytes of a session's audio ring, a power of two
 * @param storeSeconds how much speech a session may hold that is not played yet
 * @param batches how far and how wide the device works ahead
 * @param pace what the pacer does when something is late
 */
public record PipelineConfig(
        int lanes,
        int laneDepth,
        int ringFrames,
        int audioRingBytes,
        int storeSeconds,
        BatchLimits batches,
        PaceLimits pace) {
    /** Inference threads beyond these wait for the one thread that forms their batches. */
    private static final int MAX_LIVE_LANES = 8;

    /** For films: deep and wide, because nothing is ever late there. */
    public static PipelineConfig forFilms(int lanes) {
        return new PipelineConfig(
                lanes, 2, 24, 1 << 21, 120, new BatchLimits(8, 40_000_000L, 24, 40, 0, 0), PaceLimits.forFilms());
    }

    /**
     * For rooms, on the CPU: narrow and shallow, because somebody waits for the first word.
     *
     * <p>Two frames a batch: the renderer gains a tenth with eight, and a first word would wait for them, 27 ms in place of 7.
     * A session is at most six frames ahead of its clock, which rides out 200 ms without a core; in idle, two. The store
     * holds ten minutes of speech, allocated as it comes.
     *
     * @param cores of the machine; each gets an inference thread
     */
    public static PipelineConfig forLive(int cores) {
        return new PipelineConfig(
                Math.clamp(cores, 1, MAX_LIVE_LANES),
                1,
                10,
                1 << 20,
                600,
                new BatchLimits(2, 60_000_000L, 6, 10, 1, 200_000_000L),
                PaceLimits.forLive());
    }

    /**
     * For rooms, on a GPU: batches as large as the model takes them, of as many sessions as are due, and two inference
     * threads, so that one batch is copied while the next computes. Where it was measured what batches cost, they are no larger
     * than pays, and wait as long as they can.
     *
     * @param maxRows the model's largest batch
     * @param costs of its batches on this GPU
     */
    public static PipelineConfig forGpu(int maxRows, BatchCosts costs) {
        final int full = costs.fullRows(maxRows);
        return new PipelineConfig(
                2,
                1,
                10,
                1 << 20,
                600,
                new BatchLimits(full, 60_000_000L, 6, 10, 1, Math.max(20_000_000L, 2 * costs.costNs(full)), costs),
                PaceLimits.forLive());
    }
}
