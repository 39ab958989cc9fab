/** Hands pictures and sound out on one clock per session. Pacer thread. */
@NullMarked
package dev.mouthpiece.worker.media.pace;

import org.jspecify.annotations.NullMarked;
