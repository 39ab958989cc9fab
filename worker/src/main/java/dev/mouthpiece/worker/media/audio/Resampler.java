package dev.mouthpiece.worker.media.audio;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Changes the rate of one channel of speech, stream-wise, without moving it in time: output sample <i>j</i> is the input
 * at <i>j</i>·inRate/outRate, whatever sizes the pieces had.
 *
 * <p>A windowed sinc (Kaiser, beta 8, 16 zero crossings a side) whose cut-off lies at 0.46 of the lower rate; its phases
 * stand in a table of 256, interpolated linearly (the table's error lies below -90 dB). Samples before the first are
 * zero; {@link #finish} says that those after the last are zero too. Owned by one thread; allocates only when made. The table
 * of a pair of rates takes some milliseconds to compute and is kept for the process.
 */
public final class Resampler {
    private static final int PHASES = 256;
    private static final int ZERO_CROSSINGS = 16;
    private static final double KAISER_BETA = 8.0;
    private static final double CUT_OFF = 0.92;

    /** Beyond so many pairs of rates something is asking for nonsense, and each computes its own. */
    private static final int MAX_KEPT = 64;

    private static final ConcurrentHashMap<Double, float[]> KERNELS = new ConcurrentHashMap<>();

    private final int inRateHz;
    private final int outRateHz;
    private final int halfTaps;
    private final float[] table;
    private final float[] history;
    private final int historyMask;

    private long received;
    private int padded;
    private long produced;
    private boolean finished;

    /**
     * @param inRateHz rate of what comes in
     * @param outRateHz rate of what goes out
     */
    public Resampler(int inRateHz, int outRateHz) {
        if (inRateHz <= 0 || outRateHz <= 0) {
            throw new IllegalArgumentException(
                    "rates must be positive: inRateHz=" + inRateHz + " outRateHz=" + outRateHz);
        }
        this.inRateHz = inRateHz;
        this.outRateHz = outRateHz;
        final double cutOff = CUT_OFF * Math.min(1.0, (double) outRateHz / inRateHz);
        this.halfTaps = inRateHz == outRateHz ? 0 : 2 * (int) Math.ceil(ZERO_CROSSINGS / cutOff / 2);
        this.table = inRateHz == outRateHz ? new float[0] : keptKernel(halfTaps, cutOff);
        // Every sample stands twice, so that any window of it is contiguous.
        final int length = Integer.highestOneBit(Math.max(16, 4 * halfTaps) - 1) * 2;
        this.history = new float[2 * length];
        this.historyMask = length - 1;
    }

    /** Input samples beyond an output's moment that it needs. */
    public int lookaheadSamples() {
        return halfTaps;
    }

    /** Computes what resamplers of these rates share, so that making one is quick from then on. */
    public static void prepare(int inRateHz, int outRateHz) {
        new Resampler(inRateHz, outRateHz).reset();
    }

    /** Forgets everything: the next sample is the first. */
    public void reset() {
        received = 0;
        padded = 0;
        produced = 0;
        finished = false;
        Arrays.fill(history, 0f);
    }

    /** The input is over. {@link #take} now gives up to ceil(received·outRate/inRate) samples in all. */
    public void finish() {
        finished = true;
        for (; padded < halfTaps; padded++) {
            write(0f);
        }
    }

    /**
     * Takes one input sample. {@link #take} must have been called until it gave nothing after at most
     * {@link #roomSamples()} of them.
     */
    public void put(float sample) {
        write(sample);
        received++;
    }

    private void write(float sample) {
        final int at = (int) (received + padded) & historyMask;
        history[at] = sample;
        history[at + historyMask + 1] = sample;
    }

    /** How many samples may be put before the next {@link #take}. */
    public int roomSamples() {
        return historyMask - 2 * halfTaps - 2;
    }

    /**
     * Gives the next output samples.
     *
     * @return how many were written to {@code out} from {@code offset} on
     */
    public int take(float[] out, int offset, int length) {
        int n = 0;
        while (n < length && ready()) {
            out[offset + n] = at(produced);
            produced++;
            n++;
        }
        return n;
    }

    private boolean ready() {
        final long last = produced * inRateHz / outRateHz;
        return finished ? produced * inRateHz < received * outRateHz : last + halfTaps < received;
    }

    private float at(long outIndex) {
        final long scaled = outIndex * inRateHz;
        final long whole = scaled / outRateHz;
        if (halfTaps == 0) {
            return history[(int) whole & historyMask];
        }
        final double phase = (double) (scaled - whole * outRateHz) / outRateHz * PHASES;
        final int row = (int) phase;
        final float between = (float) (phase - row);
        final int taps = 2 * halfTaps;
        // Before the first sample lie zeros; a finished stream has been followed by zeros.
        final int from = (int) ((whole - halfTaps + 1) & historyMask);
        final float here = dot(from, row * taps, taps);
        if (between == 0f) {
            return here;
        }
        final float next = dot(from, (row + 1) * taps, taps);
        return here + between * (next - here);
    }

    /** Four sums at a time: strict floating point keeps the compiler from doing that itself. */
    private float dot(int from, int tableFrom, int taps) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        for (int t = 0; t < taps; t += 4) {
            a += history[from + t] * table[tableFrom + t];
            b += history[from + t + 1] * table[tableFrom + t + 1];
            c += history[from + t + 2] * table[tableFrom + t + 2];
            d += history[from + t + 3] * table[tableFrom + t + 3];
        }
        return (a + b) + (c + d);
    }

    private static float[] keptKernel(int halfTaps, double cutOff) {
        final float[] kept = KERNELS.get(cutOff);
        if (kept != null) {
            return kept;
        }
        final float[] made = kernel(halfTaps, cutOff);
        if (KERNELS.size() < MAX_KEPT) {
            KERNELS.put(cutOff, made);
        }
        return made;
    }

    /** Row r, tap t: the kernel at (t - halfTaps + 1) - r/PHASES input samples from the output's moment. */
    private static float[] kernel(int halfTaps, double cutOff) {
        final int taps = 2 * halfTaps;
        final float[] table = new float[(PHASES + 1) * taps];
        final double norm = besselI0(KAISER_BETA);
        for (int r = 0; r <= PHASES; r++) {
            double sum = 0;
            final double[] row = new double[taps];
            for (int t = 0; t < taps; t++) {
                final double x = t - halfTaps + 1 - (double) r / PHASES;
                final double edge = x / halfTaps;
                final double window =
                        Math.abs(edge) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge)) / norm;
                row[t] = window * cutOff * sinc(cutOff * x);
                sum += row[t];
            }
            for (int t = 0; t < taps; t++) {
                table[r * taps + t] = (float) (row[t] / sum);
            }
        }
        return table;
    }

    private static double sinc(double x) {
        return Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }

    /** Modified Bessel function of the first kind, order 0, by its power series. */
    private static double besselI0(double x) {
        double sum = 1;
        double term = 1;
        for (int k = 1; k < 60 && term > 1e-12 * sum; k++) {
            term *= (x / (2 * k)) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }
}
