/** Opens the process's device: the GPU where there is one, the CPU where there is none. Called once, at the start, by one thread. */
@NullMarked
package dev.mouthpiece.device.open;

import org.jspecify.annotations.NullMarked;
