package dev.mouthpiece.worker.livekit.signal;

/** Why a room cannot be joined or was lost: one line that says whose fault it is and what to do. Never holds a token. */
public final class RoomException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Fault fault;

    public RoomException(Fault fault, String message) {
        super(message);
        this.fault = fault;
    }

    public RoomException(Fault fault, String message, Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }

    /** Whether the same attempt may succeed later, with nothing changed by the caller. */
    public boolean retryHelps() {
        return fault.retryHelps;
    }

    /** What went wrong, by whose fault. */
    public enum Fault {
        /** The caller's: the URL is none, or names a host that does not exist. */
        URL(false),
        /** The caller's: the server refuses the token. */
        TOKEN(false),
        /** The caller's: the token's time is over. */
        TOKEN_EXPIRED(false),
        /** The caller's: no such room, and the server makes none by itself. */
        ROOM_NOT_FOUND(false),
        /** The caller's: the token does not allow what an avatar must do. */
        PERMISSION(false),
        /** The caller's or the server's: something answers, but no LiveKit server. */
        NOT_LIVEKIT(false),
        /** The server's: it is there and cannot now. */
        BUSY(true),
        /** The network's or the server's: nothing answers, or a connection broke. */
        NETWORK(true),
        /** Ours: the media connection could not be made on this side. */
        MEDIA(true);

        private final boolean retryHelps;

        Fault(boolean retryHelps) {
            this.retryHelps = retryHelps;
        }
    }
}
