/** What touches the device: frames, compositing, and a host twin of every device operation. */
@NullMarked
package dev.mouthpiece.device;

import org.jspecify.annotations.NullMarked;
