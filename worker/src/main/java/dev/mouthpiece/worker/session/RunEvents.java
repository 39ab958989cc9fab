package dev.mouthpiece.worker.session;

/** How a session fares. Called by its runner, on any thread; the calls return at once. */
public interface RunEvents {
    /** The first picture is in the room. */
    void onAir();

    /** Another picture, which was asked for, is on air. */
    default void shown(Portrait.Stored portrait) {}

    /** Speech has come in or is being played. Told again every second or so as long as that goes on. */
    void active();

    /**
     * The session has left the room, as somebody wanted.
     *
     * @param reason the one that {@link RunningSession#end} was given, or what happened in the room, such as {@code room_closed}
     */
    void ended(String reason);

    /**
     * The session could not start or go on, and has left the room.
     *
     * @param code such as {@code transport.join_failed}
     * @param message for a person; holds no secret
     */
    void failed(String code, String message);
}
