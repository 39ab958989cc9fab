package dev.mouthpiece.worker.livekit.serial;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/** A turn and a clock that the test holds. */
public final class ManualSerial implements Serial {
    private record Due(long atNs, long order, Runnable task) {}

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Due> timers =
            new PriorityQueue<>(Comparator.comparingLong(Due::atNs).thenComparingLong(Due::order));
    private long nowNs;
    private long elapsedNs;
    private long order;

    /** The clock begins three seconds before it overflows, where wrong comparisons show. */
    public ManualSerial() {
        nowNs = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(3);
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        final var due = new Due(elapsedNs + TimeUnit.MILLISECONDS.toNanos(delayMs), order++, task);
        timers.add(due);
        return () -> timers.remove(due);
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    /** Runs what is due now, and what that makes due. */
    public void run() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Moves the clock on, stopping at each timer. */
    public void advanceMs(long ms) {
        run();
        final long untilNs = elapsedNs + TimeUnit.MILLISECONDS.toNanos(ms);
        while (!timers.isEmpty() && timers.element().atNs() <= untilNs) {
            final Due due = timers.remove();
            moveTo(due.atNs());
            tasks.add(due.task());
            run();
        }
        moveTo(untilNs);
    }

    /** Timers that wait. */
    public int timerCount() {
        return timers.size();
    }

    private void moveTo(long ns) {
        nowNs += ns - elapsedNs;
        elapsedNs = ns;
    }
}
