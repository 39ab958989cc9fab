package dev.mouthpiece.worker.room;

import dev.mouthpiece.worker.live.Speech;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tone that comes and goes like syllables, for rooms in which nobody speaks: it shows that picture and sound arrive. The
 * session's turn.
 */
final class SineSpeech {
    static final int RATE_HZ = 16_000;
    /** So much is made at once. */
    static final int STEP_MS = 100;

    /** Made ahead of time, so that a late timer does not tear the tone. */
    private static final int AHEAD_STEPS = 4;

    private static final double TONE_HZ = 220;
    private static final double SYLLABLES_HZ = 3;
    private static final double AMPLITUDE = 0.2;

    private final Speech speech;
    private final ByteBuffer step =
            ByteBuffer.allocateDirect(RATE_HZ * STEP_MS / 1_000 * 2).order(ByteOrder.LITTLE_ENDIAN);
    private long sample;
    private boolean begun;

    SineSpeech(Speech speech) {
        this.speech = speech;
    }

    /** Makes what is due. Every {@value #STEP_MS} ms. */
    void step() {
        int steps = 1;
        if (!begun) {
            begun = speech.begin(RATE_HZ, 1);
            steps = AHEAD_STEPS;
        }
        for (int i = 0; begun && i < steps; i++) {
            speech.write(tone());
        }
    }

    private ByteBuffer tone() {
        step.clear();
        while (step.hasRemaining()) {
            final double t = (double) sample++ / RATE_HZ;
            final double loudness = 0.5 - 0.5 * Math.cos(2 * Math.PI * SYLLABLES_HZ * t);
            step.putShort((short) (AMPLITUDE * 32_767 * loudness * Math.sin(2 * Math.PI * TONE_HZ * t)));
        }
        return step.flip();
    }
}
