package dev.mouthpiece.model;

/** A model package is damaged, missing or refuses its input. The message names the file and the field, and what to do. */
public final class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
