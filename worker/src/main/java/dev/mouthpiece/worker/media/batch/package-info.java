/**
 * Takes the frames of all sessions by deadline and forms batches of them ({@code FrameBatcher}); what each session has to give, speech to encode and
 * frames to render, is its {@code SessionTrack}'s. Device thread.
 */
@NullMarked
package dev.mouthpiece.worker.media.batch;

import org.jspecify.annotations.NullMarked;
