package dev.mouthpiece.worker.rtc;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way from webrtc-java's threads to the session's: nothing is thrown back, for that would end the process. */
final class Serial {
    private static final Logger LOG = LoggerFactory.getLogger(Serial.class);

    private final Executor executor;

    Serial(Executor executor) {
        this.executor = executor;
    }

    /** Hands a task over; when the session takes none any more, it is dropped. */
    void post(Runnable task) {
        try {
            executor.execute(() -> run(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("the session is over", e);
        }
    }

    void postLater(long delayMs, Runnable task) {
        CompletableFuture.delayedExecutor(delayMs, TimeUnit.MILLISECONDS, executor)
                .execute(() -> run(task));
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable t) {
            lost(t);
        }
    }

    /** An event was not handled; all that can be done about it is to say so. */
    static void lost(Throwable cause) {
        LOG.error("an event of a peer was lost", cause);
    }
}
