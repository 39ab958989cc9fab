/** What the stages hand to each other: frames in rings, batches, positions, counters. Each type says which thread owns it when. */
@NullMarked
package dev.mouthpiece.worker.media.frame;

import org.jspecify.annotations.NullMarked;
