/**
 * A model without a network, for measuring: white while a beep sounds, a test card otherwise. Kind {@code pattern}.
 *
 * <p>The same threads as with other models walk through it.
 */
@NullMarked
package dev.mouthpiece.model.pattern;

import org.jspecify.annotations.NullMarked;
