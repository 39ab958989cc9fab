/** Lays rendered patches over the avatars' frames. Inference threads. */
@NullMarked
package dev.mouthpiece.worker.media.composite;

import org.jspecify.annotations.NullMarked;
