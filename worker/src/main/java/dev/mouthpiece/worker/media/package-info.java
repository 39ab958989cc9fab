/** The media path, top to bottom in Pipeline; its stages are the packages below. It knows no control. */
@NullMarked
package dev.mouthpiece.worker.media;

import org.jspecify.annotations.NullMarked;
