package dev.mouthpiece.worker.live;

import dev.mouthpiece.device.I420Frame;

/**
 * Where a session's pictures and sound go, such as a publisher of WebRTC tracks. Called by the pacer's thread alone, in the
 * order of time, from a moment after {@link LiveEngine#open} until {@link LiveSession#close} is done. What is handed over is
 * borrowed until the call returns. An output that throws, or that keeps the pacer waiting again and again, ends its session.
 */
public interface LiveOutput {
    /**
     * The picture to be shown from now on, one per frame time. The sound of that moment has just been pushed.
     *
     * @param repeated whether it is the one shown before, because its successor was late
     */
    void pushVideo(I420Frame picture, boolean repeated);

    /**
     * The next 10 ms of sound, without a gap from the first call on; silence is zeros.
     *
     * @param pcm 480 samples at 48 kHz, mono, signed 16-bit little-endian: {@link Sound48#TICK_BYTES}
     */
    void pushAudio(byte[] pcm);

    /**
     * What the picture that follows shows of speech; not called for idle ones. Most outputs have no use for it.
     *
     * @param segment ordinal of the {@link Speech#begin} that succeeded, from 1
     * @param frame its number in the segment
     * @param features those that made it, in the order of the model's manifest; borrowed until the call returns
     */
    default void pushShape(long segment, long frame, float[] features) {}
}
