package dev.mouthpiece.worker.rtc;

/** Takes the sound of a received track, on the peer's serial executor. */
@FunctionalInterface
public interface PcmSink {
    /**
     * The next 10 ms.
     *
     * @param pcm 480 samples, 48 kHz, mono, signed 16-bit little-endian; the receiver's to keep
     */
    void onPcm(byte[] pcm);
}
