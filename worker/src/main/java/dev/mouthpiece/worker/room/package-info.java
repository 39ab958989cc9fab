/**
 * Live sessions in LiveKit rooms: joins a participant of {@code livekit}, a publisher of {@code rtc} and a face of {@code live}.
 *
 * <p>Threads: everything that a session decides runs in its turn (its {@code Serial}); pictures and sound go from the pacer straight
 * to the publisher, whatever the connection is doing. {@link dev.mouthpiece.worker.room.RoomHost#join} blocks its caller for some
 * tens of milliseconds.
 */
@NullMarked
package dev.mouthpiece.worker.room;

import org.jspecify.annotations.NullMarked;
