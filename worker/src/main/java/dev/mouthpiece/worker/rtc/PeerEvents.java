package dev.mouthpiece.worker.rtc;

/** What happens to a peer. Called on the serial executor that the peer was made with; nothing comes after its close. */
public interface PeerEvents {
    /** A way to reach us, for the other side. */
    default void onIceCandidate(IceCandidate candidate) {}

    default void onStateChange(PeerState state) {}

    default void onIceStateChange(IceState state) {}

    /** The other side has opened a channel. Call {@link DataChannel#listen} before returning: messages follow at once. */
    default void onDataChannel(DataChannel channel) {}

    /** The other side sends a track of sound, on a new transceiver or on one used before. Peers of a {@link Listener} only. */
    default void onAudioTrack(AudioReceiver track) {}

    /** It sends that one no more. */
    default void onAudioTrackEnded(AudioReceiver track) {}
}
