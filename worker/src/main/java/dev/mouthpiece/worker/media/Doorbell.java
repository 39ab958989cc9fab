package dev.mouthpiece.worker.media;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * How a thread sleeps when a turn found nothing to do, and how others wake it: a thread that looks for work every now and then
 * costs a machine without sessions more than anything else. One thread sleeps, any may ring.
 */
final class Doorbell implements IdleStrategy {
    private final LongSupplier longestNs;
    private volatile @Nullable Thread sleeper;

    /** @param longestNs how long it may sleep if nobody rings, asked by the sleeper; not at all where it is not positive */
    Doorbell(LongSupplier longestNs) {
        this.longestNs = longestNs;
    }

    /** Ends the sleep, or has the next one end at once. To be called when the work can be found. */
    void ring() {
        final Thread thread = sleeper;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void idle(int workCount) {
        if (workCount == 0) {
            idle();
        }
    }

    @Override
    public void idle() {
        if (sleeper == null) {
            // Who rang before this could not be heard: there is another turn first.
            sleeper = Thread.currentThread();
            return;
        }
        final long ns = longestNs.getAsLong();
        if (ns > 0) {
            LockSupport.parkNanos(ns);
        }
    }

    @Override
    public void reset() {
        // It keeps nothing between two sleeps.
    }
}
