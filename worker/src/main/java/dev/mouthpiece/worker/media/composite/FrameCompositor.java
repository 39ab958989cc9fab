package dev.mouthpiece.worker.media.composite;

import dev.mouthpiece.device.BatchCompositor;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.frame.RenderBatch;

/** Lays rendered patches over the avatars' frames, into the pictures of the rows' slots. Belongs to an inference thread. */
public final class FrameCompositor implements AutoCloseable {
    private final BatchCompositor compositor;

    /** @param compositor closed with this one */
    public FrameCompositor(BatchCompositor compositor) {
        this.compositor = compositor;
    }

    /** Writes the pictures of rows [first, first + count), whose patches stand at the start of the batch's. */
    public void composite(RenderBatch batch, int first, int count) {
        if (batch.patches().isEmpty()) {
            throw new IllegalStateException("the batch is not rendered");
        }
        compositor.begin(batch.patches(), batch.patchSize());
        for (int i = 0; i < count; i++) {
            final int row = first + i;
            final FrameSlot slot = batch.slot(row);
            final StillFrame still = batch.still(row);
            final PatchPlace place = batch.place(row);
            if (slot != null && still != null && place != null) {
                compositor.add(still, i, place, batch.opacity(row), slot.picture());
            }
        }
        compositor.finish();
    }

    @Override
    public void close() {
        compositor.close();
    }
}
