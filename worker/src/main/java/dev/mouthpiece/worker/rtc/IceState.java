package dev.mouthpiece.worker.rtc;

/** How the path to the other side is. Tells earlier than {@link PeerState} that a browser has left: within 65 ms when it said so. */
public enum IceState {
    NEW,
    CHECKING,
    CONNECTED,
    COMPLETED,
    DISCONNECTED,
    FAILED,
    CLOSED
}
