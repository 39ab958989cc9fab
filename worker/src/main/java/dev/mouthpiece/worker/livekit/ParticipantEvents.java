package dev.mouthpiece.worker.livekit;

/** What happens to a participant. Called in the session's turn. */
public interface ParticipantEvents {
    /**
     * The server has let us in; also each time that we had to join anew, with another sid.
     *
     * @param sid our session at the server, {@code PA_…}
     */
    default void onJoined(String identity, String room, String sid) {}

    /** Picture and sound flow and packets arrive, for the first time. */
    default void onConnected() {}

    /** The connection is lost and is being made again. What plays goes on playing. */
    default void onReconnecting(String why) {}

    /**
     * It stands again.
     *
     * @param resumed the session goes on; otherwise we have joined anew, and the others saw us leave and come
     */
    default void onReconnected(boolean resumed) {}

    /** Somebody is there, or something about it has changed. */
    default void onParticipant(RemoteParticipant participant) {}

    /** Somebody has left. */
    default void onParticipantGone(RemoteParticipant participant) {}

    /** Somebody with the right to do so has muted our sound or picture, or lets us be heard or seen again. */
    default void onMuted(boolean audio, boolean muted) {}

    /** The stay is over. Nothing follows. */
    default void onLeft(Departure departure) {}
}
