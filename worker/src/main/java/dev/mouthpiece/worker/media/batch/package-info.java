/** Takes the frames of all sessions by deadline and forms batches of them. Device thread. */
@NullMarked
package dev.mouthpiece.worker.media.batch;

import org.jspecify.annotations.NullMarked;
