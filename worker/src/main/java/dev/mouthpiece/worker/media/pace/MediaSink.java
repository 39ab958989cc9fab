package dev.mouthpiece.worker.media.pace;

import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import java.nio.ByteBuffer;

/**
 * Where a session's paced pictures and sound go. Called by the pacer's thread, in the order of time; whatever is handed
 * over is borrowed until the call returns. A sink that throws ends its own session only.
 */
public interface MediaSink {
    /**
     * The picture to be shown from now on.
     *
     * @param slot what it is
     * @param repeated whether it is the one shown before, because its successor was late
     */
    void onVideo(FrameSlot slot, boolean repeated);

    /**
     * The next sound, at most 10 ms.
     *
     * @param segment gives rate and channels
     * @param pcm interleaved signed 16-bit little-endian, between position and limit
     * @param following what will be heard next, likewise, as far as it has arrived, at most 4 ms: who changes the rate needs it
     */
    void onAudio(Segment segment, ByteBuffer pcm, ByteBuffer following);

    /** Nothing is to be heard for 10 ms. */
    void onSilence();

    /** A segment's first sound follows. */
    void onPlaybackStarted(long segmentId);

    /**
     * A segment is over.
     *
     * @param positionUs how much of it was played
     * @param interrupted whether it was cut short by a clear
     */
    void onPlaybackFinished(long segmentId, long positionUs, boolean interrupted);

    /** The session has failed and is closed; no call follows. */
    void onFailed(Throwable cause);
}
