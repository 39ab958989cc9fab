package dev.mouthpiece.model;

/**
 * The engine that runs the models does not work on this machine: no fault of the package or of who called. The message
 * says why.
 */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
