package dev.mouthpiece.worker.media.audio;

/**
 * Interleaved signed 16-bit PCM.
 *
 * @param sampleRateHz 4000..384000
 * @param channels 1..8
 */
public record PcmFormat(int sampleRateHz, int channels) {
    public static final int BYTES_PER_SAMPLE = 2;

    public PcmFormat {
        if (sampleRateHz < 4000 || sampleRateHz > 384_000) {
            throw new IllegalArgumentException("sample rate must be 4000..384000 Hz: sampleRateHz=" + sampleRateHz);
        }
        if (channels < 1 || channels > 8) {
            throw new IllegalArgumentException("channels must be 1..8: channels=" + channels);
        }
    }

    /** Bytes of one sample of all channels. */
    public int frameBytes() {
        return channels * BYTES_PER_SAMPLE;
    }
}
