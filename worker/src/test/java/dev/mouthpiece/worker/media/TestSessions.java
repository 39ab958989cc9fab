package dev.mouthpiece.worker.media;

import dev.mouthpiece.device.HostCompositor;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.batch.BatchLimits;
import dev.mouthpiece.worker.media.pace.PaceLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sessions and speech for tests. */
public final class TestSessions {
    public static final PcmFormat SPEECH = new PcmFormat(16_000, 1);
    public static final int SAMPLES_PER_FRAME = 640;

    private TestSessions() {}

    /**
     * The whole path on the host for a test that steps it under its own clock: two lanes, batches of four.
     *
     * @param maxServiceNs as {@link BatchLimits#maxServiceNs}
     */
    static Pipeline stepped(long maxServiceNs) {
        return new Pipeline(
                new PipelineConfig(
                        2,
                        1,
                        8,
                        1 << 20,
                        30,
                        new BatchLimits(4, 60_000_000L, 6, 10, 1, maxServiceNs),
                        PaceLimits.forLive()),
                new HostCompositor(),
                System::nanoTime);
    }

    public static StillFrame still() {
        return new StillFrame(32, 32, ByteBuffer.allocateDirect(32 * 32 * 3));
    }

    public static SessionConfig config(TestModel model, long slot, boolean idles) {
        return new SessionConfig(model, TestModel.SIDE, slot, still(), 8, 8, slot, idles, 0);
    }

    /** A session whose first picture is due at {@code startNs}. */
    public static SessionConfig config(TestModel model, long slot, boolean idles, long startNs) {
        return new SessionConfig(model, TestModel.SIDE, slot, still(), 8, 8, slot, idles, startNs);
    }

    /** The level of frame {@code i} of {@link #speak}'s speech: distinct in each frame. */
    public static short level(long frame) {
        return (short) (327 * (1 + frame % 97));
    }

    /** Writes whole frames of speech; frame i has the constant {@link #level}. */
    public static void speak(AudioRing ring, int firstFrame, int frames) {
        final ByteBuffer pcm =
                ByteBuffer.allocate(frames * SAMPLES_PER_FRAME * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int f = firstFrame; f < firstFrame + frames; f++) {
            for (int i = 0; i < SAMPLES_PER_FRAME; i++) {
                pcm.putShort(level(f));
            }
        }
        pcm.flip();
        if (ring.write(pcm) != pcm.capacity()) {
            throw new AssertionError("the ring is full");
        }
    }

    /** Writes a part of frame {@code frame}. */
    public static void speakPart(AudioRing ring, int frame, int samples) {
        final ByteBuffer pcm = ByteBuffer.allocate(samples * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < samples; i++) {
            pcm.putShort(level(frame));
        }
        pcm.flip();
        if (ring.write(pcm) != pcm.capacity()) {
            throw new AssertionError("the ring is full");
        }
    }

    /** A whole segment. */
    public static void say(AudioRing ring, int frames) {
        if (!ring.start(SPEECH)) {
            throw new AssertionError("the ring is full");
        }
        speak(ring, 0, frames);
        if (!ring.end()) {
            throw new AssertionError("the ring is full");
        }
    }
}
