package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.serial.SerialExecutor;
import dev.mouthpiece.worker.livekit.signal.SignalClient;
import dev.mouthpiece.worker.livekit.signal.WebSocketSignalClient;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What all sessions of a process share: the HTTP client, the timer and the threads that sessions borrow, one each at most and only
 * while they have something to do.
 *
 * <p>Any thread may use it; who made it closes it, after the sessions.
 */
public final class LiveKit implements AutoCloseable {
    private final WebSocketSignalClient signal = new WebSocketSignalClient();
    private final ExecutorService pool;
    private final ScheduledThreadPoolExecutor timers;

    public LiveKit() {
        final var number = new AtomicInteger();
        pool = Executors.newCachedThreadPool(task -> Thread.ofPlatform()
                .daemon()
                .name("room-" + number.incrementAndGet())
                .unstarted(task));
        timers = new ScheduledThreadPoolExecutor(
                1, task -> Thread.ofPlatform().daemon().name("room-timer").unstarted(task));
        timers.setRemoveOnCancelPolicy(true);
    }

    /** A turn for one more session. */
    public SerialExecutor newSerial(String name) {
        return new SerialExecutor(name, pool, timers);
    }

    /** Loads what the first session would otherwise wait for. Blocks for about half a second. */
    public void warmUp() {
        signal.warmUp();
    }

    @Override
    public void close() {
        signal.close();
        timers.shutdownNow();
        pool.shutdown();
    }

    SignalClient signal() {
        return signal;
    }
}
