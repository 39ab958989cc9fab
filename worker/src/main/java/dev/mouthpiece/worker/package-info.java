/** The worker: each room is a package below. */
@NullMarked
package dev.mouthpiece.worker;

import org.jspecify.annotations.NullMarked;
