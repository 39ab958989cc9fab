package dev.mouthpiece.worker.whep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The thread of all browsers' sessions, by what stands in its queue. */
@Tag("slow")
class WhepHostTest {
    private static final String ID = "sess_a";

    /** Nothing is due. */
    private static final long ASLEEP = Long.MAX_VALUE;

    private static final long OFTEN_MS = 20;

    private final AvatarLibrary library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
    private final WhepRooms rooms = new WhepRooms();
    private final Heard heard = new Heard();
    private LiveEngine engine;
    private WhepHost host;

    @BeforeEach
    void start() {
        engine = LiveEngine.start(PipelineConfig.forLive(1));
        host = new WhepHost(Rtc.load(), engine, WhepConfig.DEFAULT, rooms);
    }

    @AfterEach
    void stop() {
        host.close();
        engine.close();
        library.close();
    }

    @Test
    void shouldSleepUntilThereIsASessionAndAgainWhenThereIsNoneAnyMore() throws Exception {
        assertThat(dueMs()).isEqualTo(ASLEEP);

        final WhepSession session = onAir();
        awaitDue(ms -> ms != ASLEEP);

        session.end("ended");
        assertThat(heard.ended.await(60, TimeUnit.SECONDS)).isTrue();
        awaitDue(ms -> ms == ASLEEP);
    }

    @Test
    void shouldWakeOftenForAViewerAndRarelyForNobody() throws Exception {
        onAir();
        awaitDue(ms -> ms > OFTEN_MS && ms != ASLEEP);

        final WhepRoom room = rooms.find(ID).orElseThrow().room().get(60, TimeUnit.SECONDS);
        final WhepRoom.Joined viewer = room.join(offer()).get(60, TimeUnit.SECONDS);
        awaitTurnsInQuickSuccession();

        room.leave(viewer.viewer()).get(60, TimeUnit.SECONDS);
        awaitDue(ms -> ms > OFTEN_MS && ms != ASLEEP);
    }

    private WhepSession onAir() throws InterruptedException {
        rooms.expect(ID, "token");
        final AvatarLibrary.Loan card =
                library.borrow(new AvatarLibrary.Order("pattern", "pattern", Optional.of(FrameSize.USUAL), () -> {
                    throw new IllegalStateException("the pattern needs no picture");
                }));
        final WhepSession session = host.open(ID, card, 1, heard);
        assertThat(heard.onAir.await(60, TimeUnit.SECONDS)).isTrue();
        return session;
    }

    /** When the thread wakes next, as it is planned now. */
    private long dueMs() {
        final ScheduledThreadPoolExecutor whep = whep();
        long dueMs = ASLEEP;
        do {
            for (final Runnable task : whep.getQueue()) {
                dueMs = Math.min(dueMs, ((Delayed) task).getDelay(TimeUnit.MILLISECONDS));
            }
            // A turn under way plans the next one at its end.
        } while (dueMs == ASLEEP
                && (whep.getActiveCount() > 0 || !whep.getQueue().isEmpty()));
        return dueMs;
    }

    private ScheduledThreadPoolExecutor whep() {
        return (ScheduledThreadPoolExecutor) host.executor();
    }

    /** Ten turns, none of which was planned for later than a viewer needs it. */
    private void awaitTurnsInQuickSuccession() {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        long from = whep().getCompletedTaskCount();
        while (whep().getCompletedTaskCount() < from + 10) {
            final long dueMs = dueMs();
            if (dueMs > OFTEN_MS) {
                from = whep().getCompletedTaskCount();
            }
            assertThat(deadlineNs - System.nanoTime())
                    .as("due in " + dueMs + " ms")
                    .isPositive();
        }
    }

    private void awaitDue(LongPredicate wanted) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        long dueMs = dueMs();
        while (!wanted.test(dueMs)) {
            assertThat(deadlineNs - System.nanoTime())
                    .as("still due in " + dueMs + " ms")
                    .isPositive();
            Thread.onSpinWait();
            dueMs = dueMs();
        }
    }

    private static String offer() throws Exception {
        try (InputStream in = WhepHostTest.class.getResourceAsStream("chromium-offer.sdp")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
        }
    }

    private static final class Heard implements WhepEvents {
        private final CountDownLatch onAir = new CountDownLatch(1);
        private final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void onAir() {
            onAir.countDown();
        }

        @Override
        public void active() {}

        @Override
        public void ended(String reason) {
            ended.countDown();
        }

        @Override
        public void failed(String message) {
            throw new AssertionError(message);
        }
    }
}
