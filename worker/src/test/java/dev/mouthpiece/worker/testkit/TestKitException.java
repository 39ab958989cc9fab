package dev.mouthpiece.worker.testkit;

/** The kit cannot do its part: something is missing on this machine, or a client did not do what it was told. */
public final class TestKitException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TestKitException(String message) {
        super(message);
    }

    TestKitException(String message, Throwable cause) {
        super(message, cause);
    }
}
