package dev.mouthpiece.worker.store;

/** The database cannot be used: not reachable, not allowed, damaged. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what to do about it. */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
