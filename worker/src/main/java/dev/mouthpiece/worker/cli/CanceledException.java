package dev.mouthpiece.worker.cli;

/** The user has interrupted the command. */
final class CanceledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CanceledException() {
        super("interrupted");
    }
}
