/** The file transport: speech from a file, a film out, by the same media path that feeds rooms. */
@NullMarked
package dev.mouthpiece.worker.film;

import org.jspecify.annotations.NullMarked;
