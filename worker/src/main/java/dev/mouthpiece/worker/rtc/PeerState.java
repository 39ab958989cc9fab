package dev.mouthpiece.worker.rtc;

/** How a peer connection is, transports and encryption taken together. */
public enum PeerState {
    NEW,
    CONNECTING,
    CONNECTED,
    /** No packet for about 7 s: may come back by itself. */
    DISCONNECTED,
    /** 10 s after DISCONNECTED: comes back only by an ICE restart. */
    FAILED,
    CLOSED
}
