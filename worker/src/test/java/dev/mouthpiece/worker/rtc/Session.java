package dev.mouthpiece.worker.rtc;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A session's serial executor, and waiting with a bound for what happens on it. */
final class Session implements AutoCloseable {
    private static final long BOUND_S = 20;

    private final ExecutorService executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("session").daemon().factory());

    ExecutorService executor() {
        return executor;
    }

    <T> T call(Callable<T> task) {
        return get(executor.submit(task)::get);
    }

    void run(Runnable task) {
        call(() -> {
            task.run();
            return true;
        });
    }

    /** The result of a future that the task starts. */
    <T> T await(Callable<CompletableFuture<T>> task) {
        return get(() -> call(task).get(BOUND_S, TimeUnit.SECONDS));
    }

    static void until(String what, BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(BOUND_S);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("did not happen within " + BOUND_S + " s: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }

    private static <T> T get(Callable<T> waiting) {
        try {
            return waiting.call();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof final RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
