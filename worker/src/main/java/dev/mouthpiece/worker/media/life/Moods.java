package dev.mouthpiece.worker.media.life;

/**
 * The moods of a face.
 *
 * @param speaking while it speaks
 * @param idle while it does not
 */
public record Moods(Mood speaking, Mood idle) {
    /** As usual, always. */
    public static final Moods NEUTRAL = new Moods(Mood.NEUTRAL, Mood.NEUTRAL);
}
