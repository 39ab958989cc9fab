package dev.mouthpiece.worker.livekit.serial;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A {@link Serial} over a shared pool: it borrows one thread while there is work and none while there is not.
 *
 * <p>A task that throws is logged and does not stop those behind it. What tasks log bears the session's name, as {@link #LOG_KEY} of the log's context.
 */
public final class SerialExecutor implements Serial {
    /** What the log calls the session that a line was written for. */
    public static final String LOG_KEY = "session";

    private static final Logger LOG = LoggerFactory.getLogger(SerialExecutor.class);

    private final String name;
    private final Executor pool;
    private final ScheduledExecutorService timers;

    // Guarded by the queue.
    private final Queue<Runnable> queue = new ArrayDeque<>();
    private boolean draining;
    private boolean closed;

    /**
     * @param name whose turn it is, for the log
     * @param pool lends threads; it must accept one task per session at any time
     * @param timers only hands over; nothing of the session runs on its thread
     */
    public SerialExecutor(String name, Executor pool, ScheduledExecutorService timers) {
        this.name = name;
        this.pool = pool;
        this.timers = timers;
    }

    @Override
    public void execute(Runnable task) {
        synchronized (queue) {
            if (closed) {
                return;
            }
            queue.add(task);
            if (draining) {
                return;
            }
            draining = true;
        }
        pool.execute(this::takeTurn);
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        final var once = new Once(task);
        final ScheduledFuture<?> future = timers.schedule(() -> execute(once), delayMs, TimeUnit.MILLISECONDS);
        return () -> {
            once.canceled = true;
            future.cancel(false);
        };
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    /** What was given before still runs, what comes later is dropped. */
    public void close() {
        synchronized (queue) {
            closed = true;
        }
    }

    private void takeTurn() {
        MDC.put(LOG_KEY, name);
        try {
            drain();
        } finally {
            MDC.remove(LOG_KEY);
        }
    }

    private void drain() {
        while (true) {
            final Runnable task;
            synchronized (queue) {
                task = queue.poll();
                if (task == null) {
                    draining = false;
                    return;
                }
            }
            run(task);
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (final Throwable e) {
            LOG.error("a task of the session failed", e);
        }
    }

    /** A due task that may have been canceled between the timer and its turn. */
    private static final class Once implements Runnable {
        private final Runnable task;
        private volatile boolean canceled;

        Once(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            if (!canceled) {
                task.run();
            }
        }
    }
}
