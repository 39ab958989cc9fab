package dev.mouthpiece.worker.media.life;

/**
 * How lively and how friendly a face is, on top of what every face does. A model that has no parameter for a part of it leaves that
 * part out.
 *
 * @param energy of head and eyes: 1 as usual, 0.4..1.6
 * @param smile added to the face's own: -1..1 as a share of what the model can do, below 0 the other way
 * @param brows raised: 0..1
 * @param blinks how often: 1 as usual, 0.5..1.6
 * @param lids how far they hang: 0..0.5, shut being 1; less than a third looks like nothing or a third, as is nearer
 */
public record Mood(double energy, double smile, double brows, double blinks, double lids) {
    /** As usual. */
    public static final Mood NEUTRAL = new Mood(1, 0, 0, 1, 0);

    /** What is out of range is brought to its end. */
    public Mood {
        energy = Math.clamp(energy, 0.4, 1.6);
        smile = Math.clamp(smile, -1, 1);
        brows = Math.clamp(brows, 0, 1);
        blinks = Math.clamp(blinks, 0.5, 1.6);
        lids = Math.clamp(lids, 0, 0.5);
    }
}
