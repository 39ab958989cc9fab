package dev.mouthpiece.worker.room;

import dev.mouthpiece.worker.livekit.Departure;

/** How a session fares in its room. Called in the session's turn, in order; the calls return at once. */
public interface RoomEvents {
    /** The server has let it in; also each time that it had to join anew. */
    default void onJoined(String identity, String room) {}

    /** Picture and sound flow to the server, for the first time. */
    default void onAir() {}

    /** Whose speech is played is there, for the first time or again. */
    default void onSpeakerFound(String identity) {}

    /** It has left. It is waited for. */
    default void onSpeakerGone(String identity) {}

    /** Speech has come in or is being played. Told again every second as long as that goes on. */
    default void onActive() {}

    /** A segment is being heard. */
    default void onSpeaking(long segment) {}

    /**
     * It is over.
     *
     * @param positionUs how much of it was played
     */
    default void onSpoken(long segment, long positionUs, boolean interrupted) {}

    /**
     * How quickly that segment was heard, told after {@link #onSpoken}.
     *
     * @param firstPushMs from its first byte to its first sound and picture
     * @param waitedMs how long the face was silent in its middle, because speech came slower than it is spoken
     */
    default void onMeasured(long segment, double firstPushMs, int waitedMs) {}

    /** It cannot go on, and leaves the room next. */
    default void onFailing(String why) {}

    /** The connection is lost and is being made again; the face goes on. */
    default void onReconnecting(String why) {}

    /**
     * It stands again.
     *
     * @param resumed whether the others noticed nothing
     */
    default void onReconnected(boolean resumed) {}

    /** Somebody with the right to do so has muted sound or picture, or lets them through again. */
    default void onMuted(boolean audio, boolean muted) {}

    /** The session is over and holds nothing any more. Nothing follows. */
    void onOver(Ending ending);

    /**
     * How a session ended.
     *
     * @param cause of the departure
     * @param message one line for people
     * @param failed whether it was not what anybody wanted
     */
    record Ending(Departure.Cause cause, String message, boolean failed) {}
}
