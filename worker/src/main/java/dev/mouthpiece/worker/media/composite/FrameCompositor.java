package dev.mouthpiece.worker.media.composite;

import dev.mouthpiece.device.Compositor;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import java.nio.ByteBuffer;

/** Lays rendered patches over the avatars' frames, into the pictures of the rows' slots. Inference threads. */
public final class FrameCompositor {
    private final Compositor compositor;

    public FrameCompositor(Compositor compositor) {
        this.compositor = compositor;
    }

    /** Writes the pictures of rows [first, first + count), whose patches stand at the start of the batch's. */
    public void composite(RenderBatch batch, int first, int count) {
        final ByteBuffer patches = batch.patches();
        if (patches == null) {
            throw new IllegalStateException("the batch is not rendered");
        }
        final int side = batch.patchSize();
        for (int i = 0; i < count; i++) {
            final int row = first + i;
            final FrameSlot slot = batch.slot(row);
            final StillFrame still = batch.still(row);
            if (slot != null && still != null) {
                compositor.composite(
                        still,
                        patches,
                        i * 3 * side * side,
                        side,
                        batch.patchX(row),
                        batch.patchY(row),
                        slot.picture());
            }
        }
    }
}
