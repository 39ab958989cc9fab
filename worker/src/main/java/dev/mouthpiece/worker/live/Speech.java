package dev.mouthpiece.worker.live;

import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;

/**
 * Where a session's speech goes in, segment by segment. Never blocks: where there is no room it says so, and the caller tries
 * again. One producer: the session's serial executor.
 */
public final class Speech {
    private final AudioRing ring;
    private final Runnable onChange;

    /** @param onChange runs after each change, on the producer's thread */
    Speech(AudioRing ring, Runnable onChange) {
        this.ring = ring;
        this.onChange = onChange;
    }

    /**
     * A segment begins; an open one ends here.
     *
     * @param sampleRateHz 4000..384000
     * @param channels 1..8
     * @return whether there was room
     * @throws IllegalArgumentException if the format is out of range
     */
    public boolean begin(int sampleRateHz, int channels) {
        return changed(ring.start(new PcmFormat(sampleRateHz, channels)));
    }

    /**
     * Speech of the open segment: interleaved signed 16-bit little-endian samples, whole ones between position and limit.
     * What comes after a {@link #clear} or an {@link #end} belongs to nothing and is swallowed.
     *
     * @return bytes taken; fewer than offered when there is no room, or when a part of a sample is left
     */
    public int write(ByteBuffer pcm) {
        if (!ring.isOpen()) {
            final int swallowed = pcm.remaining();
            pcm.position(pcm.limit());
            return swallowed;
        }
        final int taken = ring.write(pcm);
        changed(taken > 0);
        return taken;
    }

    /**
     * The open segment is complete.
     *
     * @return whether there was room; to be called again on false
     */
    public boolean end() {
        return changed(ring.end());
    }

    /** Interrupts: what plays fades out within 10 ms, what waits is forgotten. */
    public void clear() {
        ring.clear();
        changed(true);
    }

    private boolean changed(boolean isSo) {
        if (isSo) {
            onChange.run();
        }
        return isSo;
    }

    /** Whether a segment is open. */
    public boolean isOpen() {
        return ring.isOpen();
    }
}
