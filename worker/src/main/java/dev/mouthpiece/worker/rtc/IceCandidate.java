package dev.mouthpiece.worker.rtc;

/**
 * One way to reach a peer.
 *
 * @param sdpMid the media section it belongs to; may be empty, then the index counts
 * @param sdpMLineIndex that section's index, from 0
 * @param candidate as in SDP, beginning with {@code candidate:}
 */
public record IceCandidate(String sdpMid, int sdpMLineIndex, String candidate) {}
