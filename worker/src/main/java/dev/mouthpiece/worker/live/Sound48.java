package dev.mouthpiece.worker.live;

import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.audio.Resampler;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes 10 ms of 48 kHz mono of 10 ms of a segment, whatever its rate and channels, without moving it in time: the
 * resampler sees the few samples that follow. Where those have not arrived, the last fraction of a millisecond is silence.
 *
 * <p>Pacer's thread; allocates where a segment has another rate than the one before, and then little.
 */
final class Sound48 {
    static final int RATE_HZ = 48_000;
    /** Samples of 10 ms. */
    static final int TICK_SAMPLES = RATE_HZ / 100;

    static final int TICK_BYTES = TICK_SAMPLES * PcmFormat.BYTES_PER_SAMPLE;

    /** What speech usually comes in. */
    private static final int[] USUAL_RATES_HZ = {8_000, 16_000, 22_050, 24_000, 32_000, 44_100};

    private static final float FULL_SCALE = 32_768f;

    private final float[] ticked = new float[TICK_SAMPLES];
    private final byte[] out = new byte[TICK_BYTES];
    private final byte[] silence = new byte[TICK_BYTES];

    private @Nullable Resampler resampler;
    private int rateHz;
    private long segmentId;
    private long tick;
    private long fed;
    private long given;

    /** Computes the filters of the usual rates, some milliseconds each, before somebody waits for them. */
    static void warmUp(int modelRateHz) {
        for (final int rateHz : USUAL_RATES_HZ) {
            Resampler.prepare(rateHz, RATE_HZ);
            Resampler.prepare(rateHz, modelRateHz);
        }
        Resampler.prepare(RATE_HZ, modelRateHz);
    }

    /** 10 ms of silence, to be read only. */
    byte[] silence() {
        return silence;
    }

    /**
     * The next 10 ms of a segment, from its first on.
     *
     * @param segment ordinal of the segment
     * @param pcm the 10 ms, as {@code MediaSink} says
     * @param following what comes after them, as far as it is there
     * @param isEnded whether nothing comes after {@code following}
     * @return valid until the next call
     */
    byte[] convert(
            long segment, int segmentRateHz, int channels, ByteBuffer pcm, ByteBuffer following, boolean isEnded) {
        if (segment != segmentId) {
            begin(segment, segmentRateHz);
        }
        final Resampler from = resampler;
        if (from == null) {
            throw new IllegalStateException("no segment has begun");
        }
        final long start = tick * segmentRateHz / 100;
        tick++;
        final int here = pcm.remaining() / (channels * PcmFormat.BYTES_PER_SAMPLE);
        final int more = following.remaining() / (channels * PcmFormat.BYTES_PER_SAMPLE);
        final long due = tick * TICK_SAMPLES;
        final long wanted = (due - 1) * rateHz / RATE_HZ + from.lookaheadSamples() + 1;
        final long needed = isEnded ? wanted : Math.min(start + here + more, wanted);
        int n = take(from, 0, due);
        while (fed < needed) {
            final int room = (int) Math.min(needed - fed, from.roomSamples());
            for (int i = 0; i < room; i++, fed++) {
                final int at = (int) (fed - start);
                from.put(
                        at < here
                                ? mono(pcm, at, channels)
                                : at < here + more ? mono(following, at - here, channels) : 0f);
            }
            n = take(from, n, due);
        }
        Arrays.fill(ticked, n, TICK_SAMPLES, 0f);
        return bytes();
    }

    private void begin(long segment, int newRateHz) {
        if (resampler == null || rateHz != newRateHz) {
            resampler = new Resampler(newRateHz, RATE_HZ);
            rateHz = newRateHz;
        }
        resampler.reset();
        segmentId = segment;
        tick = 0;
        fed = 0;
        given = 0;
    }

    /** Takes what is there up to this tick's end; what an earlier tick missed is passed over. */
    private int take(Resampler from, int have, long due) {
        int n = have;
        final long first = due - TICK_SAMPLES;
        while (given < first) {
            final int passed = from.take(ticked, 0, (int) Math.min(TICK_SAMPLES, first - given));
            if (passed == 0) {
                return n;
            }
            given += passed;
        }
        final int taken = from.take(ticked, n, TICK_SAMPLES - n);
        given += taken;
        n += taken;
        return n;
    }

    private static float mono(ByteBuffer pcm, int sample, int channels) {
        int sum = 0;
        final int at = pcm.position() + sample * channels * PcmFormat.BYTES_PER_SAMPLE;
        for (int c = 0; c < channels; c++) {
            sum += pcm.getShort(at + c * PcmFormat.BYTES_PER_SAMPLE);
        }
        return sum / (FULL_SCALE * channels);
    }

    private byte[] bytes() {
        for (int i = 0; i < TICK_SAMPLES; i++) {
            final int value = Math.clamp(Math.round(ticked[i] * FULL_SCALE), Short.MIN_VALUE, Short.MAX_VALUE);
            out[2 * i] = (byte) value;
            out[2 * i + 1] = (byte) (value >> 8);
        }
        return out;
    }
}
