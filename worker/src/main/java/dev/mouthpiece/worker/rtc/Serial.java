package dev.mouthpiece.worker.rtc;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** The way from webrtc-java's threads to the session's: nothing is thrown back, for that would end the process. */
final class Serial {
    private static final Logger LOG = LoggerFactory.getLogger(Serial.class);

    private final Executor executor;

    /** Of the thread that made it: what is logged on the library's threads belongs to the same session. */
    private final @Nullable Map<String, String> logContext = MDC.getCopyOfContextMap();

    Serial(Executor executor) {
        this.executor = executor;
    }

    /** Hands a task over; when the session takes none any more, it is dropped. */
    void post(Runnable task) {
        try {
            executor.execute(() -> run(task));
        } catch (RejectedExecutionException e) {
            say(() -> LOG.debug("the session is over", e));
        }
    }

    void postLater(long delayMs, Runnable task) {
        CompletableFuture.delayedExecutor(delayMs, TimeUnit.MILLISECONDS, executor)
                .execute(() -> run(task));
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable t) {
            lost(t);
        }
    }

    /** An event was not handled; all that can be done about it is to say so. Any thread. */
    void lost(Throwable cause) {
        say(() -> LOG.error("an event of a peer was lost", cause));
    }

    /** Lets something be logged on a thread of the library, which knows nothing of sessions. */
    void say(Runnable line) {
        final Map<String, String> own = MDC.getCopyOfContextMap();
        set(logContext);
        try {
            line.run();
        } finally {
            set(own);
        }
    }

    private static void set(@Nullable Map<String, String> context) {
        if (context == null) {
            MDC.clear();
        } else {
            MDC.setContextMap(context);
        }
    }
}
