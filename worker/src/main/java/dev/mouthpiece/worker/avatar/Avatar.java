package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;

/**
 * A portrait made ready for one model and one frame size. Owned by who loaded it; sessions borrow it. Closing frees its
 * slot in the model's bank.
 *
 * @param still the frame at rest
 * @param identity its place in the model's bank
 * @param patchX column of the frame where the patch's left edge lies; may be negative
 * @param patchY row of the frame where the patch's top edge lies; may be negative
 */
public record Avatar(StillFrame still, LipSyncModel.Identity identity, int patchX, int patchY)
        implements AutoCloseable {
    @Override
    public void close() {
        identity.close();
    }
}
