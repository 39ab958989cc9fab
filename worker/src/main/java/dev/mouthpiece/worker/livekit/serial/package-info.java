/**
 * One session, one turn at a time: everything that a room session decides runs on its {@link Serial}.
 *
 * <p>Threads: a shared pool lends a thread to a session while it has work; one timer thread hands over what is due.
 */
@NullMarked
package dev.mouthpiece.worker.livekit.serial;

import org.jspecify.annotations.NullMarked;
