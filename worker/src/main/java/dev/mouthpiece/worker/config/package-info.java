/**
 * What the daemon can be told: one tree, read from a TOML file, the environment and flags in one place, checked once, and passed down as records. {@code Key} is
 * where each setting is declared, with its unit, default and consequence. Read at the start, by the command's thread.
 */
@NullMarked
package dev.mouthpiece.worker.config;

import org.jspecify.annotations.NullMarked;
