/**
 * The two peer connections of a session at the server: one publishes and carries our packets, one receives theirs. Negotiation,
 * candidates, data channels, on top of what {@link dev.mouthpiece.worker.livekit.link.LinkPeer} needs of WebRTC.
 *
 * <p>Threads: all of it runs in the session's turn.
 */
@NullMarked
package dev.mouthpiece.worker.livekit.link;

import org.jspecify.annotations.NullMarked;
