package dev.mouthpiece.worker.film;

/** Speech that can't be read or a film that can't be written. The message says what is wrong and what to do. */
public final class FilmException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public FilmException(String message) {
        super(message);
    }

    public FilmException(String message, Throwable cause) {
        super(message, cause);
    }
}
