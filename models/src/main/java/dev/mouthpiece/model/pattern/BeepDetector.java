package dev.mouthpiece.model.pattern;

import java.nio.FloatBuffer;

/**
 * Hears a 1 kHz tone at 16 kHz. Belongs to one thread; allocates nothing.
 *
 * <p>A frame has the tone if a window of 5 ms that begins in it, at one of its {@value #STEP}-sample steps, holds nearly
 * nothing else. So the frame in which a beep begins has it and the one before does not, however late in its frame the
 * beep begins: a window that begins a step before the beep is a tenth empty, and that is too much.
 */
final class BeepDetector {
    static final int SAMPLE_RATE_HZ = 16_000;
    static final int TONE_HZ = 1000;
    /** How far a window reaches beyond the frame in which it begins, at most. */
    static final int WINDOW_SAMPLES = 80;

    private static final int STEP = 8;
    private static final int WINDOW_STEPS = WINDOW_SAMPLES / STEP;
    private static final int PERIOD_SAMPLES = SAMPLE_RATE_HZ / TONE_HZ;
    /** -26 dBFS: louder than the ringing of a resampler before a beep's start. */
    private static final double MIN_AMPLITUDE = 0.05;
    /** Between 0.9, a window with one empty step, and 1. */
    private static final double MIN_SHARE = 0.93;

    private final double[] cosine = new double[PERIOD_SAMPLES];
    private final double[] sine = new double[PERIOD_SAMPLES];
    private final double[] real;
    private final double[] imaginary;
    private final double[] energy;

    /**
     * @param frameSamples samples of a frame, a multiple of {@value #STEP}
     */
    BeepDetector(int frameSamples) {
        final int steps = frameSamples / STEP + WINDOW_STEPS;
        real = new double[steps];
        imaginary = new double[steps];
        energy = new double[steps];
        for (int i = 0; i < PERIOD_SAMPLES; i++) {
            cosine[i] = Math.cos(2 * Math.PI * i / PERIOD_SAMPLES);
            sine[i] = Math.sin(2 * Math.PI * i / PERIOD_SAMPLES);
        }
    }

    /**
     * Whether a frame has the tone.
     *
     * @param pcm samples in [-1, 1]
     * @param from the frame's first sample; those of the frame and {@link #WINDOW_SAMPLES} more are read
     */
    boolean hears(FloatBuffer pcm, int from) {
        for (int step = 0; step < energy.length; step++) {
            sum(pcm, from, step);
        }
        double re = 0;
        double im = 0;
        double e = 0;
        for (int step = 0; step < energy.length; step++) {
            re += real[step];
            im += imaginary[step];
            e += energy[step];
            final int first = step - WINDOW_STEPS + 1;
            if (first >= 0) {
                final double tone = re * re + im * im;
                final double amplitude = 2.0 / WINDOW_SAMPLES * Math.sqrt(tone);
                if (amplitude >= MIN_AMPLITUDE && 2.0 / WINDOW_SAMPLES * tone >= MIN_SHARE * e && first < lastStart()) {
                    return true;
                }
                re -= real[first];
                im -= imaginary[first];
                e -= energy[first];
            }
        }
        return false;
    }

    /** The first window that begins behind the frame. */
    private int lastStart() {
        return energy.length - WINDOW_STEPS;
    }

    private void sum(FloatBuffer pcm, int from, int step) {
        double re = 0;
        double im = 0;
        double e = 0;
        for (int i = step * STEP; i < (step + 1) * STEP; i++) {
            final double x = pcm.get(from + i);
            re += x * cosine[i % PERIOD_SAMPLES];
            im += x * sine[i % PERIOD_SAMPLES];
            e += x * x;
        }
        real[step] = re;
        imaginary[step] = im;
        energy[step] = e;
    }
}
