/** Portraits: reading, checking, framing, and the avatar that comes of them. */
@NullMarked
package dev.mouthpiece.worker.avatar;

import org.jspecify.annotations.NullMarked;
