package dev.mouthpiece.worker.capacity;

import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.pace.MediaSink;
import dev.mouthpiece.worker.rtc.Publisher;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Counts frame times that had a picture of their own, and hands pictures and sound on where somebody encodes them. */
final class TrialSink implements MediaSink {
    private static final byte[][] SOUND = sound();

    private final AtomicReference<@Nullable Throwable> failure;
    private final @Nullable Publisher publisher;
    private volatile long shown;
    private int tick;

    TrialSink(AtomicReference<@Nullable Throwable> failure, @Nullable Publisher publisher) {
        this.failure = failure;
        this.publisher = publisher;
    }

    /** A second of what the speaker says, at WebRTC's rate. */
    private static byte[][] sound() {
        final byte[][] pieces = new byte[100][Publisher.PCM_BYTES];
        final int samples = Publisher.PCM_BYTES / 2;
        for (int i = 0; i < pieces.length * samples; i++) {
            final short value = voice((double) i / (pieces.length * samples));
            final byte[] piece = pieces[i / samples];
            piece[2 * (i % samples)] = (byte) value;
            piece[2 * (i % samples) + 1] = (byte) (value >> 8);
        }
        return pieces;
    }

    /** A sample of something like speech: four syllables a second. */
    static short voice(double t) {
        final double syllable = Math.max(0, Math.sin(2 * Math.PI * 4 * t));
        final double voice = Math.sin(2 * Math.PI * 140 * t) + 0.5 * Math.sin(2 * Math.PI * 700 * t);
        return (short) (9_000 * syllable * voice);
    }

    /** Frame times that had one. Any thread. */
    long shown() {
        return shown;
    }

    private void push() {
        if (publisher != null) {
            publisher.pushAudio(SOUND[tick++ % SOUND.length]);
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One writer: the pacer.
    public void onVideo(FrameSlot slot, boolean repeated) {
        if (!repeated) {
            shown++;
        }
        if (publisher != null) {
            publisher.pushVideo(slot.picture());
        }
    }

    @Override
    public void onAudio(Segment segment, ByteBuffer pcm, ByteBuffer following) {
        push();
    }

    @Override
    public void onSilence() {
        push();
    }

    @Override
    public void onPlaybackStarted(long segmentId) {}

    @Override
    public void onPlaybackFinished(long segmentId, long positionUs, boolean interrupted) {}

    @Override
    public void onFailed(Throwable cause) {
        failure.compareAndSet(null, cause);
    }
}
