package dev.mouthpiece.worker.avatar;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import java.util.List;

/**
 * A portrait made ready for one model and one frame size. Owned by who loaded it; sessions borrow it. Closing frees its
 * slots in the model's bank.
 *
 * @param loop its frames: one of a picture; several of a video, shown forth and back
 * @param identities their places in the model's bank, in the same order, all of one patch size
 */
public record Avatar(List<AvatarFrame> loop, List<LipSyncModel.Identity> identities) implements AutoCloseable {
    public Avatar {
        loop = List.copyOf(loop);
        identities = List.copyOf(identities);
        if (loop.isEmpty() || loop.size() != identities.size()) {
            throw new IllegalArgumentException("an avatar has frames, each with an identity: frames=" + loop.size()
                    + " identities=" + identities.size());
        }
    }

    /**
     * Of a picture.
     *
     * @param still the frame at rest
     * @param place where the patch lies on it
     */
    public Avatar(StillFrame still, LipSyncModel.Identity identity, PatchPlace place) {
        this(List.of(new AvatarFrame(identity.slot(), still, place)), List.of(identity));
    }

    /** Of a picture, its patch pixel on pixel at ({@code patchX}, {@code patchY}), which may be negative. */
    public Avatar(StillFrame still, LipSyncModel.Identity identity, int patchX, int patchY) {
        this(still, identity, PatchPlace.at(patchX, patchY));
    }

    /** The first frame at rest; the others are as large. */
    public StillFrame still() {
        return loop.getFirst().still();
    }

    /** The first frame's identity. */
    public LipSyncModel.Identity identity() {
        return identities.getFirst();
    }

    /** Column of the first frame where an exact patch begins. */
    public int patchX() {
        return loop.getFirst().place().x();
    }

    /** Row of the first frame where an exact patch begins. */
    public int patchY() {
        return loop.getFirst().place().y();
    }

    @Override
    public void close() {
        identities.forEach(LipSyncModel.Identity::close);
    }
}
