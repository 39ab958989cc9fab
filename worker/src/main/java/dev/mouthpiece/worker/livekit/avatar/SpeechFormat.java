package dev.mouthpiece.worker.livekit.avatar;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The format that a stream's attributes announce.
 *
 * @param sampleRateHz 8000..48000
 * @param channels 1 or 2
 */
record SpeechFormat(int sampleRateHz, int channels) {
    private static final String RATE = "sample_rate";
    private static final String CHANNELS = "num_channels";
    private static final int BYTES_PER_SAMPLE = 2;
    private static final long US_PER_S = 1_000_000L;

    /** Returns null where an attribute is missing or absurd. */
    static @Nullable SpeechFormat of(Map<String, String> attributes) {
        final int rate = number(attributes.get(RATE));
        final int channels = number(attributes.get(CHANNELS));
        return rate >= 8_000 && rate <= 48_000 && channels >= 1 && channels <= 2
                ? new SpeechFormat(rate, channels)
                : null;
    }

    /** What the attributes say, for a message. */
    static String describe(Map<String, String> attributes) {
        return RATE + "=" + shown(attributes.get(RATE)) + " " + CHANNELS + "=" + shown(attributes.get(CHANNELS));
    }

    int frameBytes() {
        return channels * BYTES_PER_SAMPLE;
    }

    long durationUs(long bytes) {
        return bytes / frameBytes() * US_PER_S / sampleRateHz;
    }

    private static int number(@Nullable String text) {
        try {
            return text == null ? -1 : Integer.parseInt(text.strip());
        } catch (final NumberFormatException e) {
            return -1;
        }
    }

    private static String shown(@Nullable String text) {
        if (text == null) {
            return "missing";
        }
        final String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.substring(0, Math.min(line.length(), 20));
    }
}
