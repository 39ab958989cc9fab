package dev.mouthpiece.worker.rtc;

import java.util.concurrent.locks.LockSupport;

/**
 * Lets one thread push without a lock while another takes away what it pushes to: the other first makes the thing
 * invisible, then waits for the end of a push that may have seen it.
 *
 * <p>{@link #begin} and {@link #end} belong to the pushing thread, the rest to any other.
 */
public final class PushTurn {
    private static final int SPINS = 200;
    private static final long PARK_NS = 20_000;

    /** The pushing thread's own copy of {@link #turn}. */
    private long count;
    /** Odd while a push is under way. */
    private volatile long turn;

    private volatile boolean closed;

    /**
     * Begins a push. What is read after it is what is pushed to.
     *
     * @return false after {@link #close}: there is nothing to push to, and no {@link #end} is due
     * @throws IllegalStateException if another push is under way, by another thread
     */
    public boolean begin() {
        if ((count & 1) != 0) {
            throw new IllegalStateException("pictures and sound must be pushed by one thread");
        }
        turn = ++count;
        if (closed) {
            turn = ++count;
            return false;
        }
        return true;
    }

    /** Ends a push that has begun. */
    public void end() {
        turn = ++count;
    }

    /** Lets no push begin any more, and waits for the end of one under way. */
    public void close() {
        closed = true;
        awaitEnd();
    }

    /** Waits for the end of a push under way: those that begin later see what was written before this call. */
    public void awaitEnd() {
        final long seen = turn;
        if ((seen & 1) == 0) {
            return;
        }
        for (int spins = 0; turn == seen; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PARK_NS);
            }
        }
    }
}
