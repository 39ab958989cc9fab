package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.store.Wakeups;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The conductor: gives a {@link Worker} its turns until it is gone, and sleeps between them until it is rung or one is due. */
public final class WorkerThread {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerThread.class);
    private static final long AFTER_FAILURE_NS = Duration.ofMillis(50).toNanos();

    private final Worker worker;
    private final Wakeups wakeups;
    private final Runnable listener;
    private final Thread thread;

    private WorkerThread(Worker worker, Wakeups wakeups) {
        this.worker = worker;
        this.wakeups = wakeups;
        this.listener = worker::nudge;
        this.thread = Thread.ofPlatform().name("conductor").unstarted(this::run);
    }

    /** Starts a worker. */
    public static WorkerThread start(Worker worker, Wakeups wakeups) {
        final var started = new WorkerThread(worker, wakeups);
        worker.onWake(() -> LockSupport.unpark(started.thread));
        wakeups.listen(started.listener);
        started.thread.start();
        return started;
    }

    /** Its worker. */
    public Worker worker() {
        return worker;
    }

    /** Waits until the worker is gone, after {@link Worker#drain}. Returns false when that took too long. */
    public boolean join(Duration patience) throws InterruptedException {
        return thread.join(patience);
    }

    private void run() {
        while (!worker.isGone()) {
            try {
                final long nowNs = System.nanoTime();
                if (worker.step(nowNs) == 0) {
                    LockSupport.parkNanos(this, worker.sleepUntilNs(nowNs) - nowNs);
                }
            } catch (RuntimeException e) {
                // A mistake of ours in one turn must not end all sessions.
                LOG.error("the conductor's turn failed", e);
                LockSupport.parkNanos(this, AFTER_FAILURE_NS);
            }
        }
        wakeups.forget(listener);
    }
}
