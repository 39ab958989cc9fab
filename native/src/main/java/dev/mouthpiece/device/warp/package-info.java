/**
 * Draws patches from one texture an avatar and a map a frame: what the CPU does in place of a network's last and largest step.
 *
 * <p>libtorch's sampler reads four channels at four corners of every pixel with sixteen gathers, after the map has been
 * written out at full size. Here the map is walked row by row and a texel's channels are weighed together.
 */
@NullMarked
package dev.mouthpiece.device.warp;

import org.jspecify.annotations.NullMarked;
