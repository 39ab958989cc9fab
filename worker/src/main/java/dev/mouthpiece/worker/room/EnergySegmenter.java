package dev.mouthpiece.worker.room;

import java.util.Arrays;

/**
 * Cuts a microphone's sound into segments of speech by its energy: quick to begin, with what was heard just before, so that no
 * onset is lost; ends after a pause.
 *
 * <p>Speech is what is clearly louder than the quietest of the last seconds, for two pieces in a row. One thread.
 */
final class EnergySegmenter {
    /** Samples of a piece: 10 ms at 48 kHz. */
    static final int PIECE_SAMPLES = 480;

    /** Pieces kept, with those that tell the onset: two go ahead of it. Each more would delay the first word by as much. */
    private static final int PRE_ROLL = 4;

    private static final int ONSET_PIECES = 2;
    /** A pause of 400 ms ends a segment. */
    private static final int PAUSE_PIECES = 40;

    /** Nothing below -48 dB of full scale is speech, whatever the room's noise. */
    private static final double LEAST_LEVEL = 0.004;
    /** 10 dB above the noise. */
    private static final double OVER_NOISE = 3.2;
    /** The noise is believed to rise by 3 dB a second at most, and to fall at once. */
    private static final double NOISE_RISE = Math.pow(10, 3.0 / 20 / 100);

    private final byte[][] before = new byte[PRE_ROLL][];
    private int beforeCount;
    private double noise = LEAST_LEVEL / OVER_NOISE;
    private int loud;
    private int quiet;
    private boolean speaking;

    /** Where segments go. */
    interface Output {
        void begin();

        void piece(byte[] pcm);

        void end();
    }

    /** The next 10 ms. {@code pcm} is kept for up to {@value #PRE_ROLL} pieces. */
    void next(byte[] pcm, Output output) {
        final double level = level(pcm);
        // Speech falls back to the noise between words and resets this; a fan that was switched on does not.
        noise = Math.max(1e-5, level < noise ? level : noise * NOISE_RISE);
        final boolean isLoud = level >= Math.max(LEAST_LEVEL, noise * OVER_NOISE);
        loud = isLoud ? loud + 1 : 0;
        quiet = isLoud ? 0 : quiet + 1;
        if (speaking) {
            output.piece(pcm);
            if (quiet >= PAUSE_PIECES) {
                stop(output);
            }
            return;
        }
        keep(pcm);
        if (loud >= ONSET_PIECES) {
            speaking = true;
            output.begin();
            for (int i = 0; i < beforeCount; i++) {
                output.piece(before[i]);
            }
            beforeCount = 0;
        }
    }

    /** The microphone is gone: what was begun ends here. */
    void stop(Output output) {
        if (speaking) {
            output.end();
        }
        speaking = false;
        loud = 0;
        quiet = 0;
        beforeCount = 0;
        Arrays.fill(before, null);
    }

    boolean isSpeaking() {
        return speaking;
    }

    private void keep(byte[] pcm) {
        if (beforeCount == PRE_ROLL) {
            System.arraycopy(before, 1, before, 0, PRE_ROLL - 1);
            beforeCount--;
        }
        before[beforeCount++] = pcm;
    }

    /** Root mean square of the samples' differences from their mean, full scale 1: a microphone's offset is no sound. */
    private static double level(byte[] pcm) {
        final int samples = pcm.length / 2;
        if (samples == 0) {
            return 0;
        }
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < samples; i++) {
            final int sample = (pcm[2 * i] & 0xFF) | (pcm[2 * i + 1] << 8);
            sum += sample;
            squares += (double) sample * sample;
        }
        final double mean = sum / samples;
        return Math.sqrt(Math.max(0, squares / samples - mean * mean)) / 32_768;
    }
}
