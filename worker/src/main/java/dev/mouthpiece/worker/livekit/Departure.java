package dev.mouthpiece.worker.livekit;

/**
 * How a participant's stay in a room ended.
 *
 * @param message one line for people
 */
public record Departure(Cause cause, String message) {
    /** Why it ended. */
    public enum Cause {
        /** We left. */
        OWN_LEAVE,
        /** URL, token or permission are wrong: the caller's fault. */
        REFUSED,
        /** The server could not be joined, or not any more, for as long as was tried. */
        UNREACHABLE,
        /** Somebody removed us, as an agent does when its session ends. */
        REMOVED,
        /** The room was deleted or closed. */
        ROOM_ENDED,
        /** Another participant joined with our identity. */
        DUPLICATE_IDENTITY,
        /** The server ended it for another reason. */
        SERVER
    }
}
