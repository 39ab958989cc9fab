package dev.mouthpiece.model;

import dev.mouthpiece.device.Patches;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * Features, life and slots to patches of one size. Belongs to one inference thread.
 *
 * <p>Fill {@link #features}, {@link #life} and {@link #slots} of a batch bucket in place (absolute puts), then
 * {@link #run}. Rows beyond those in use repeat any valid row.
 */
public interface PatchRenderer extends AutoCloseable {
    /** f32 [bucket, features]; {@code bucket} is one of {@link Manifest.Render#batchBuckets()}. */
    FloatBuffer features(int bucket);

    /** f32 [bucket, life parameters]. */
    FloatBuffer life(int bucket);

    /** i64 [bucket]: each row's {@link LipSyncModel.Identity#slot()}. */
    LongBuffer slots(int bucket);

    /**
     * Renders the bucket.
     *
     * @return planar RGB bytes [bucket, 3, P, P]; valid until the next call on this renderer
     */
    ByteBuffer run(int bucket);

    /**
     * Renders the bucket and leaves the patches where the model computes: what the media path calls.
     *
     * @param rows those in use, from the first on; what the patches of the others show is left open
     * @param out told where they are; valid until the next call on this renderer
     */
    default void render(int bucket, int rows, Patches out) {
        out.onHost(run(bucket));
    }

    @Override
    void close();
}
