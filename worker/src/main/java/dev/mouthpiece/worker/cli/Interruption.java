package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.film.PendingFile;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and kill: asks the work to stop, gives it a moment to take back what it has begun, and removes what is left.
 * Thread-safe; asked by the working thread, raised by the signal's.
 */
public final class Interruption implements BooleanSupplier {
    /** Exit code of a program that a signal has ended: 128 + SIGINT, as shells count. */
    static final int EXIT_CODE = 130;

    /** Longest wait for the work to stop; a step takes milliseconds, only a read from a pipe can hang. */
    private static final long GRACE_MS = 3_000;

    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean isRaised;

    /** One that nothing raises but {@link #raise}. */
    public Interruption() {}

    /** One that the process's signals raise. */
    static Interruption onSignal() {
        final var interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(new Thread(interruption::onShutdown, "interruption"));
        return interruption;
    }

    /** Asks the work to stop. */
    public void raise() {
        isRaised = true;
    }

    /** Whether the work is to stop. */
    @Override
    public boolean getAsBoolean() {
        return isRaised;
    }

    /** The work has ended, one way or another. */
    void done() {
        done.countDown();
    }

    private void onShutdown() {
        if (done.getCount() == 0) {
            return;
        }
        raise();
        boolean isOver = false;
        try {
            isOver = done.await(GRACE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        PendingFile.closeAll();
        if (!isOver) {
            // Native code is still at work: an orderly exit would pull its libraries away from under it.
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}
