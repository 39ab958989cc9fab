package dev.mouthpiece.worker.media.batch;

import dev.mouthpiece.model.Manifest;
import java.util.List;

/**
 * The features that a face was given last. Where no speech is due they ease to rest, quickly after an interruption. Belongs to the device
 * thread.
 */
final class MouthShape {
    /** What is left of the mouth's shape when it has eased to rest. */
    private static final double EASED = 0.05;

    /** Who interrupts wants a mouth that stops: so much of its shape is left in the first frame after, and nothing in the second. */
    private static final float LEFT_WHEN_INTERRUPTED = 0.3f;

    private static final float AT_REST = 0.004f;

    private final float[] rest;
    private final float[] last;
    /** Of what is left of the mouth's shape, so much stays from one idle frame to the next. */
    private final float ease;

    /** Frames at rest since an interruption; beyond the second they do not count, nor before the first interruption. */
    private int sinceInterruption = 2;

    /**
     * @param easeFrames in how many frames it eases to rest
     */
    MouthShape(List<Manifest.Parameter> features, double easeFrames) {
        rest = new float[features.size()];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = features.get(i).rest();
        }
        last = rest.clone();
        ease = easeFrames < 1 ? 0 : (float) Math.pow(EASED, 1 / easeFrames);
    }

    /** The last features, in place: whoever changes them says what was shown. */
    float[] last() {
        return last;
    }

    void speak() {
        sinceInterruption = 2;
    }

    void interrupt() {
        sinceInterruption = 0;
    }

    /** One frame nearer to rest. */
    void ease() {
        final float stays = stays();
        for (int i = 0; i < rest.length; i++) {
            final float left = (last[i] - rest[i]) * stays;
            last[i] = Math.abs(left) < AT_REST ? rest[i] : rest[i] + left;
        }
    }

    /** At rest at once. */
    void rest() {
        System.arraycopy(rest, 0, last, 0, rest.length);
    }

    private float stays() {
        if (sinceInterruption >= 2) {
            return ease;
        }
        sinceInterruption++;
        return sinceInterruption == 1 ? Math.min(ease, LEFT_WHEN_INTERRUPTED) : 0;
    }
}
