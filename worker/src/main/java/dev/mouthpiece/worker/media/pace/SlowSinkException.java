package dev.mouthpiece.worker.media.pace;

/** A session's sink kept the pacer, and with it all other sessions, waiting again and again. */
public final class SlowSinkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SlowSinkException(long turnNs) {
        super("its output takes too long: turnMs=" + turnNs / 1_000_000);
    }
}
