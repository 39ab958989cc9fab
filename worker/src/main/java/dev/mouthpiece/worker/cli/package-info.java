/** The command line. */
@NullMarked
package dev.mouthpiece.worker.cli;

import org.jspecify.annotations.NullMarked;
