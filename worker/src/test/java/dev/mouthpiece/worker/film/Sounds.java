package dev.mouthpiece.worker.film;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.IntStream;

/** Sounds that are easy to find again. */
public final class Sounds {
    private Sounds() {}

    /** Silence with bursts of noise that begin at the given samples. */
    public static short[] bursts(int rateHz, int channels, int samples, int... starts) {
        final short[] out = new short[samples * channels];
        final Random random = new Random(1);
        for (final int start : starts) {
            final int length = rateHz / 20;
            double low = 0;
            for (int i = 0; i < length && start + i < samples; i++) {
                low += 0.5 * (random.nextGaussian() - low);
                for (int c = 0; c < channels; c++) {
                    out[(start + i) * channels + c] = (short) Math.clamp(Math.round(low * 9000), -30_000, 30_000);
                }
            }
        }
        return out;
    }

    public static ByteBuffer pcm(short[] samples) {
        final ByteBuffer out = ByteBuffer.allocateDirect(samples.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (final short sample : samples) {
            out.putShort(sample);
        }
        return out.flip();
    }

    /** By how many samples {@code heard} comes later than {@code given}, of their first channels; the best fit. */
    public static int lag(short[] given, short[] heard, int channels, int most) {
        final int[] loud = IntStream.range(0, given.length / channels)
                .filter(i -> given[i * channels] != 0)
                .toArray();
        double best = Double.NEGATIVE_INFINITY;
        int bestLag = Integer.MAX_VALUE;
        for (int lag = -most; lag <= most; lag++) {
            double sum = 0;
            for (final int i : loud) {
                if (i + lag >= 0 && (i + lag) * channels < heard.length) {
                    sum += (double) given[i * channels] * heard[(i + lag) * channels];
                }
            }
            if (sum > best) {
                best = sum;
                bestLag = lag;
            }
        }
        return bestLag;
    }

    /** How alike two sounds are: 1 is equal in shape. */
    public static double likeness(short[] given, short[] heard) {
        double dot = 0;
        double a = 0;
        double b = 0;
        for (int i = 0; i < Math.min(given.length, heard.length); i++) {
            dot += (double) given[i] * heard[i];
            a += (double) given[i] * given[i];
            b += (double) heard[i] * heard[i];
        }
        return dot / Math.sqrt(a * b);
    }
}
