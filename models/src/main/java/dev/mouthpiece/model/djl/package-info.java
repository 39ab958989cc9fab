/**
 * Models that libtorch runs, through DJL. No other room imports {@code ai.djl}.
 *
 * <p>Two kinds of threads walk through it: those that open models and prepare avatars, which may block, and inference
 * threads, each with its own encoder and renderers. Modules and the identity bank are shared between all of them.
 */
@NullMarked
package dev.mouthpiece.model.djl;

import org.jspecify.annotations.NullMarked;
