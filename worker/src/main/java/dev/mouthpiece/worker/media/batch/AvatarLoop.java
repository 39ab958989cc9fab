package dev.mouthpiece.worker.media.batch;

import dev.mouthpiece.worker.media.frame.AvatarFrame;
import java.util.List;

/** An avatar's frames, shown forth and back: 0, 1, … n-1, n-2, … 1, 0, 1, … Belongs to the device thread. */
final class AvatarLoop {
    private AvatarFrame[] frames;
    private long shown;

    /**
     * @param frames at least one
     */
    AvatarLoop(List<AvatarFrame> frames) {
        this.frames = frames.toArray(AvatarFrame[]::new);
    }

    /** Another avatar's, from its first frame. */
    void change(List<AvatarFrame> to) {
        frames = to.toArray(AvatarFrame[]::new);
        shown = 0;
    }

    AvatarFrame next() {
        final int period = Math.max(1, 2 * frames.length - 2);
        final int at = (int) (shown++ % period);
        return frames[at < frames.length ? at : period - at];
    }

    /** What will not be shown has not moved the loop. */
    void goBack(int unseen) {
        shown = Math.max(0, shown - unseen);
    }
}
