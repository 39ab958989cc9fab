/**
 * NVIDIA GPUs, through JavaCPP's CUDA presets (driver API). No other room imports them.
 *
 * <p>{@link dev.mouthpiece.device.cuda.Cuda} looks for a driver, once, and opens the process's one device, in the primary context that
 * libtorch uses too, so that addresses of tensors mean the same here. Every inference thread has one stream for its life, on
 * which its copies, libtorch's kernels and ours follow each other; whatever allocates runs on threads outside the media path.
 */
@NullMarked
package dev.mouthpiece.device.cuda;

import org.jspecify.annotations.NullMarked;
