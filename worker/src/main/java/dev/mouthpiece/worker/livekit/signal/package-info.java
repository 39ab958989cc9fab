/**
 * Signalling with a LiveKit server: URL rules, the WebSocket, and what a failure means to the person who gave URL and token.
 *
 * <p>Threads: the HTTP client's own threads parse messages and hand them to the session's turn; everything else runs there.
 * A token is sent in a header only and never stands in a text of ours.
 */
@NullMarked
package dev.mouthpiece.worker.livekit.signal;

import org.jspecify.annotations.NullMarked;
