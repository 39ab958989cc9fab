package dev.mouthpiece.worker.media;

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

    /** For films: deep and wide, because nothing is ever late there. */
    public static PipelineConfig forFilms(int lanes) {
        return new PipelineConfig(
                lanes,
                2,
                24,
                1 << 21,
                120,
                new BatchLimits(8, 40_000_000L, 24, 40, 0),
                new PaceLimits(Integer.MAX_VALUE));
    }
}
