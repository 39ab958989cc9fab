/**
 * The command line: {@code mouthpiece render}, {@code mouthpiece dev-room}, {@code mouthpiece model}. Exit codes: 0 done, 2 the caller's mistake, 1 ours,
 * 130 interrupted. Results go to standard output, everything else to standard error.
 */
@NullMarked
package dev.mouthpiece.worker.cli;

import org.jspecify.annotations.NullMarked;
