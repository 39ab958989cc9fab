package dev.mouthpiece.worker.devroom;

/** The local server cannot be had: the message says in one line why and what to do. */
public final class DevRoomException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The message is shown to the user as it is. */
    public DevRoomException(String message) {
        super(message);
    }

    /** The message is shown to the user as it is. */
    public DevRoomException(String message, Throwable cause) {
        super(message, cause);
    }
}
