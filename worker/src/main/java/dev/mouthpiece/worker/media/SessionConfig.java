package dev.mouthpiece.worker.media;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import java.util.List;

/**
 * What a session shows, at first.
 *
 * @param patchSize side of the avatar's patch
 * @param loop the avatar's frames, shown forth and back, one of a picture; at least one, all of one size, in the model's bank
 *     until another is shown or the session is closed
 * @param seed chooses the life of the face
 * @param idles whether frames are made while nobody speaks; a film makes none
 * @param startNs the media clock's start
 * @param soundAheadTicks so many ticks of 10 ms sound goes ahead of its picture, fewer than a frame time has
 */
public record SessionConfig(
        LipSyncModel model,
        int patchSize,
        List<AvatarFrame> loop,
        long seed,
        boolean idles,
        long startNs,
        int soundAheadTicks) {
    public SessionConfig {
        loop = List.copyOf(loop);
        if (loop.isEmpty()) {
            throw new IllegalArgumentException("an avatar has at least one frame");
        }
    }

    /** Sound and picture of a frame together. */
    public SessionConfig(
            LipSyncModel model, int patchSize, List<AvatarFrame> loop, long seed, boolean idles, long startNs) {
        this(model, patchSize, loop, seed, idles, startNs, 0);
    }

    /** An avatar of a picture, its patch pixel on pixel at ({@code patchX}, {@code patchY}). */
    public SessionConfig(
            LipSyncModel model,
            int patchSize,
            long avatarSlot,
            StillFrame still,
            int patchX,
            int patchY,
            long seed,
            boolean idles,
            long startNs) {
        this(
                model,
                patchSize,
                List.of(new AvatarFrame(avatarSlot, still, PatchPlace.at(patchX, patchY))),
                seed,
                idles,
                startNs);
    }

    /** The same with another {@link #soundAheadTicks}. */
    public SessionConfig withSoundAhead(int ticks) {
        return new SessionConfig(model, patchSize, loop, seed, idles, startNs, ticks);
    }

    /** The first of its frames, which is as large as all of them. */
    public StillFrame still() {
        return loop.getFirst().still();
    }
}
