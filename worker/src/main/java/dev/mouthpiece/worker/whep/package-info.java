/**
 * WebRTC straight to a browser or any WHEP player, with no media server: a {@code WhepRoom} is one session, with a few
 * viewers of its own peer connections, and speech that comes in over WebSockets.
 *
 * <p>Threads: HTTP and WebSocket handlers come on virtual threads; they ask through futures. What a room and its viewers
 * hold is written by the one thread {@code whep} alone, which also keeps their time. Speech is written to the session's
 * ring by the handlers themselves, one speaker at a time under the desk's lock. The pacer's thread only leaves play-out
 * events in a queue.
 */
@NullMarked
package dev.mouthpiece.worker.whep;

import org.jspecify.annotations.NullMarked;
