package dev.mouthpiece.worker;

/**
 * What the caller brought cannot be used: a portrait, a speech file, a target, an option. The message is one line for the
 * person who brought it; it names the thing and says what to do.
 */
public final class BadInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadInputException(String message) {
        super(message);
    }

    public BadInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
