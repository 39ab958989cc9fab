package dev.mouthpiece.worker.livekit.serial;

import java.util.concurrent.Executor;

/**
 * The turn of one session: tasks run one after the other, in the order in which they were given, never two at once.
 *
 * <p>Nothing that runs here may wait: waiting is a scheduled task. Any thread may call every method.
 */
public interface Serial extends Executor {
    /** Runs {@code task} after what was given before it. After the end of the session it is dropped. */
    @Override
    void execute(Runnable task);

    /** Runs {@code task} in a turn of its own, {@code delayMs} from now or a little later. */
    Timer schedule(long delayMs, Runnable task);

    /** A clock that never steps, in nanoseconds. */
    long nanoTime();

    /** A task that waits for its time. */
    interface Timer {
        /** It does not run any more, unless it runs already. From the session's own turn this is certain. */
        void cancel();
    }
}
