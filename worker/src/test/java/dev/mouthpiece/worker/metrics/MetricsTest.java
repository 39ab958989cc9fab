package dev.mouthpiece.worker.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final Metrics metrics = new Metrics();

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void shouldReadACounterAtEachScrape() {
        final AtomicLong value = new AtomicLong(3);
        metrics.process().counter("mouthpiece.frames", "Pictures", value::get, "state", "shown");
        assertThat(metrics.scrape()).contains("# HELP mouthpiece_frames_total Pictures");

        value.set(7);

        assertThat(metrics.scrape()).contains("mouthpiece_frames_total{state=\"shown\"} 7.0");
    }

    @Test
    void shouldGoOnCountingWhenGarbageWasCollected() {
        final AtomicLong value = new AtomicLong(3);
        metrics.group("session", "a").counter("mouthpiece.frames", "Pictures", () -> value.get());
        metrics.scrape();
        final var collected = new WeakReference<>(new Object());
        for (int i = 0; i < 100 && collected.get() != null; i++) {
            System.gc();
        }

        value.set(7);

        assertThat(metrics.scrape()).contains("mouthpiece_frames_total{session=\"a\"} 7.0");
    }

    @Test
    void shouldForgetAGroupThatIsClosedAndNoOther() {
        final Metrics.Group a = metrics.group("session", "a");
        final Metrics.Group b = metrics.group("session", "b");
        a.gauge("mouthpiece.session.offset", "Offset", "seconds", () -> 0.5);
        b.gauge("mouthpiece.session.offset", "Offset", "seconds", () -> 0.25);

        a.close();

        assertThat(metrics.scrape())
                .doesNotContain("session=\"a\"")
                .contains("mouthpiece_session_offset_seconds{session=\"b\"} 0.25");
    }

    @Test
    void shouldCountLatenciesIntoTheirBuckets() {
        final Metrics.Latency latency = metrics.process()
                .latency("mouthpiece.latency", "Latency", List.of(Duration.ofMillis(100), Duration.ofMillis(200)));

        latency.record(50_000_000L);
        latency.record(150_000_000L);

        assertThat(metrics.scrape())
                .contains("mouthpiece_latency_seconds_bucket{le=\"0.1\"} 1")
                .contains("mouthpiece_latency_seconds_bucket{le=\"0.2\"} 2")
                .contains("mouthpiece_latency_seconds_count 2");
    }

    @Test
    void shouldEscapeWhatCallersChoose() {
        metrics.group("session", "a\"b\\\nc").gauge("mouthpiece.session.x", "X", "", () -> 1);

        assertThat(metrics.scrape()).contains("session=\"a\\\"b\\\\\\nc\"");
    }
}
