package dev.mouthpiece.worker.livekit.serial;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class SerialExecutorTest {
    private final ExecutorService pool = Executors.newFixedThreadPool(4);
    private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
    private final SerialExecutor serial = new SerialExecutor("test", pool, timers);

    @AfterEach
    void stop() {
        pool.shutdownNow();
        timers.shutdownNow();
    }

    @Test
    void shouldRunTasksInOrderAndNeverTwoAtOnceWhenManyThreadsGiveThem() throws InterruptedException {
        final List<Integer> seen = new ArrayList<>();
        final var busy = new AtomicBoolean();
        final var overlap = new AtomicBoolean();
        final int count = 10_000;
        final var done = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            final int number = i;
            serial.execute(() -> {
                overlap.compareAndSet(false, !busy.compareAndSet(false, true));
                seen.add(number);
                busy.set(false);
                done.countDown();
            });
        }

        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(overlap).isFalse();
        assertThat(seen).hasSize(count).isSorted();
    }

    @Test
    void shouldNameTheSessionToTheLogWhileItsTasksRun() throws Exception {
        final var named = new CompletableFuture<@Nullable String>();
        serial.execute(() -> named.complete(MDC.get(SerialExecutor.LOG_KEY)));
        assertThat(named.get(20, TimeUnit.SECONDS)).isEqualTo("test");
    }

    @Test
    void shouldLeaveNoNameBehindOnTheThreadThatItBorrowed() throws Exception {
        final ExecutorService one = Executors.newSingleThreadExecutor();
        final var done = new CountDownLatch(1);
        new SerialExecutor("test", one, timers).execute(done::countDown);
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();

        assertThat(one.submit(() -> MDC.get(SerialExecutor.LOG_KEY)).get(20, TimeUnit.SECONDS))
                .isNull();
        one.shutdownNow();
    }

    @Test
    void shouldGoOnWhenATaskThrows() throws InterruptedException {
        final var done = new CountDownLatch(1);

        serial.execute(() -> {
            throw new IllegalStateException("on purpose");
        });
        serial.execute(done::countDown);

        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldNotRunATimerWhenItWasCanceledInAnEarlierTurn() throws InterruptedException {
        final var ran = new AtomicBoolean();
        final var gate = new CountDownLatch(1);
        final var done = new CountDownLatch(1);
        serial.execute(() -> await(gate));
        final Serial.Timer timer = serial.schedule(0, () -> ran.set(true));
        serial.schedule(1, done::countDown);
        timer.cancel();
        gate.countDown();

        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).isFalse();
    }

    @Test
    void shouldRunWhatWasGivenBeforeAndDropWhatComesAfterWhenClosed() throws InterruptedException {
        final var gate = new CountDownLatch(1);
        final var before = new CountDownLatch(1);
        final var after = new AtomicBoolean();
        serial.execute(() -> await(gate));
        serial.execute(before::countDown);

        serial.close();
        serial.execute(() -> after.set(true));
        gate.countDown();

        assertThat(before.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(after).isFalse();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
