/** Runs batches on the model. Inference threads. */
@NullMarked
package dev.mouthpiece.worker.media.generate;

import org.jspecify.annotations.NullMarked;
