/** Speech on its way in: formats, resampling, the ring between the callback and the device thread, the segment store. */
@NullMarked
package dev.mouthpiece.worker.media.audio;

import org.jspecify.annotations.NullMarked;
