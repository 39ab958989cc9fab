package dev.mouthpiece.worker.film;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;

/**
 * Takes a film as it is made. Calls come from one thread, in order of time: picture <i>i</i> is shown from 40·i ms on,
 * sound starts at 0 and runs without a gap. {@link #finish} makes the result visible; {@link #close} without it leaves
 * nothing behind.
 */
public interface FilmOutput extends AutoCloseable {
    /** Called once, first. */
    void start(int width, int height, int fps, PcmFormat audio);

    /** The next picture; the frame is borrowed until the call returns. */
    void video(I420Frame frame);

    /** The model's features that made the picture just given; valid until the call returns. */
    default void features(float[] features) {}

    /** The next samples: interleaved signed 16-bit little-endian, between position and limit. */
    void audio(ByteBuffer pcm);

    /** Completes the result. */
    void finish();

    @Override
    void close();
}
