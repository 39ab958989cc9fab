package dev.mouthpiece.worker.film;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.worker.avatar.Avatar;

/**
 * One film to be made. The runner closes {@code speech} and {@code output}; the avatar stays the caller's.
 *
 * @param seed chooses the life of the face; with the same seed and the same input the film is the same, bit for bit
 */
public record FilmJob(LipSyncModel model, Avatar avatar, SpeechSource speech, FilmOutput output, long seed) {}
