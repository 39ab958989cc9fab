package dev.mouthpiece.worker.transport;

import dev.mouthpiece.worker.livekit.serial.SerialExecutor;
import java.util.concurrent.Executor;
import org.slf4j.MDC;

/** Threads for what may block and is done for one session: what they log bears its id. */
final class SessionThreads {
    private SessionThreads() {}

    /** A thread for each task. */
    static Executor blocking(String session) {
        return task -> Thread.startVirtualThread(() -> {
            MDC.put(SerialExecutor.LOG_KEY, session);
            task.run();
        });
    }
}
