package dev.mouthpiece.worker.livekit.avatar;

import java.nio.ByteBuffer;

/**
 * Where speech goes to be played: one segment after the other. Called in the session's turn; never blocks. What it has no room
 * for now is offered again a few milliseconds later.
 *
 * <p>Segments are counted by successful calls of {@link #begin}: 1, 2, 3… What becomes of them is told to a
 * {@link PlaybackListener}.
 */
public interface SpeechPort {
    /**
     * A segment begins. The one before was ended or cleared.
     *
     * @param sampleRateHz 8000..48000
     * @param channels 1 or 2
     * @return false where there is no room now
     */
    boolean begin(int sampleRateHz, int channels);

    /**
     * Speech of the segment that has begun.
     *
     * @param pcm whole samples of all channels, s16le, between position and limit
     * @return bytes taken from the position on, which moves; fewer than offered where there is no room now
     */
    int write(ByteBuffer pcm);

    /**
     * The segment is complete.
     *
     * @return false where there is no room now
     */
    boolean end();

    /**
     * Everything that began is void: what plays stops, what waits is dropped. For the one that plays the listener hears that
     * it finished, interrupted; for those that wait it hears nothing.
     */
    void clear();
}
