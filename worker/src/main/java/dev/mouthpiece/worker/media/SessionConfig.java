package dev.mouthpiece.worker.media;

import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;

/**
 * What a session shows.
 *
 * @param patchSize side of the avatar's patch
 * @param avatarSlot the avatar's place in the model's bank; it must stay valid until the session is closed
 * @param still the avatar's frame at rest, which sets the picture's size
 * @param patchX column of the frame where the patch's left edge lies
 * @param patchY row of the frame where the patch's top edge lies
 * @param seed chooses the life of the face
 * @param idles whether frames are made while nobody speaks; a film makes none
 * @param startNs the media clock's start
 */
public record SessionConfig(
        LipSyncModel model,
        int patchSize,
        long avatarSlot,
        StillFrame still,
        int patchX,
        int patchY,
        long seed,
        boolean idles,
        long startNs) {}
