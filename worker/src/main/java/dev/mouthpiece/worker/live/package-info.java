/**
 * The real-time half of a session, whatever its transport is: speech in at one end, pictures and sound out at the other, in
 * time. {@link dev.mouthpiece.worker.live.LiveEngine} owns the media path and its threads;
 * {@link dev.mouthpiece.worker.live.LiveSession} is one face in it; {@link dev.mouthpiece.worker.live.AvatarLibrary} lends
 * models and avatars.
 *
 * <p>Threads: a session's serial executor writes into {@link dev.mouthpiece.worker.live.Speech} and hears of
 * {@link dev.mouthpiece.worker.live.LiveEvents}; {@code device} and {@code inference-n} make pictures; {@code pacer} calls
 * {@link dev.mouthpiece.worker.live.LiveOutput}. Opening sessions and borrowing avatars blocks, and belongs to neither.
 */
@NullMarked
package dev.mouthpiece.worker.live;

import org.jspecify.annotations.NullMarked;
