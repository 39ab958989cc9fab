/**
 * A participant of a LiveKit room: joins, publishes a picture and a sound, listens, stays through every kind of broken connection, leaves.
 * It knows the room {@code rtc} and no other; it could be a library.
 *
 * <pre>
 *   Participant ── RoomSession: joins, resumes, joins again    ── signal: the WebSocket
 *                     └ ServerSession: from one join to the next  ── link: two peer connections, their channels
 *                  ── data: packets, streams, remote calls     ── avatar: the protocol of livekit-agents
 * </pre>
 *
 * <p>Threads: everything runs in the session's turn ({@code serial}); a few methods of {@link Participant} may be called from anywhere.
 * {@link LiveKit} lends the threads.
 */
@NullMarked
package dev.mouthpiece.worker.livekit;

import org.jspecify.annotations.NullMarked;
