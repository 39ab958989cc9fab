package dev.mouthpiece.worker.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.media.frame.BatchMeters;
import dev.mouthpiece.worker.metrics.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of sessions: in metrics and in a trace. */
class LiveMetricsTest {
    @TempDir
    Path folder;

    private final Metrics metrics = new Metrics();
    private final LiveMetrics live = new LiveMetrics(metrics);
    private final SteppedEngine stepped = new SteppedEngine(live);
    private final RecordingOutput output = new RecordingOutput(() -> stepped.nowNs);

    @AfterEach
    void close() {
        stepped.close();
        metrics.close();
    }

    @Test
    void shouldTellOfASessionWhileItIsOnAirAndKeepItsPartOfTheSum() {
        stepped.nowNs = 5_000_000_000L;
        live.watch(stepped.engine);
        final LiveSession session = stepped.open("one", output, output);
        stepped.open("two", new RecordingOutput(() -> 0), output);
        SteppedEngine.say(session, 400);
        stepped.run(1_000);

        final String onAir = metrics.scrape();
        assertThat(value(onAir, "mouthpiece_sessions_on_air")).isEqualTo(2);
        assertThat(value(onAir, "mouthpiece_session_frames_total{session=\"one\",state=\"shown\"}"))
                .isEqualTo(output.pictures.size());
        assertThat(value(onAir, "mouthpiece_first_picture_seconds_count")).isEqualTo(1);
        assertThat(value(onAir, "mouthpiece_first_sound_seconds_bucket{le=\"0.1\"}"))
                .isEqualTo(1);
        assertThat(value(onAir, "mouthpiece_batch_rows_total{kind=\"render\"}")).isGreaterThan(45);
        assertThat(value(onAir, "mouthpiece_session_av_offset_seconds{session=\"one\"}"))
                .isZero();
        final double shown = value(onAir, "mouthpiece_frames_total{state=\"shown\"}");

        session.close();
        stepped.run(10);
        SteppedEngine.await(session.closed());

        final String after = metrics.scrape();
        assertThat(after).doesNotContain("session=\"one\"").contains("session=\"two\"");
        assertThat(value(after, "mouthpiece_frames_total{state=\"shown\"}")).isGreaterThanOrEqualTo(shown);
        assertThat(value(after, "mouthpiece_sessions_on_air")).isEqualTo(1);
        assertThat(value(after, "mouthpiece_sessions_opened_total")).isEqualTo(2);
    }

    @Test
    void shouldTellWhatTheDevicesTimeGoesToItsMemoryAndTheSizesOfItsBatches() {
        stepped.nowNs = 5_000_000_000L;
        live.watch(stepped.engine);
        final LiveSession session = stepped.open("one", output, output);
        stepped.lookNs = 1_000;
        SteppedEngine.say(session, 400);
        stepped.run(1_000);

        final String scrape = metrics.scrape();
        assertThat(value(scrape, "mouthpiece_device_lanes{device=\"cpu\"}")).isEqualTo(1);
        final double features = value(scrape, stage("features"));
        final double generate = value(scrape, stage("generate"));
        final double composite = value(scrape, stage("composite"));
        assertThat(List.of(features, generate, composite)).allMatch(seconds -> seconds > 0);
        assertThat(value(scrape, stage("copy"))).isZero();
        assertThat(features + generate + composite)
                .isCloseTo(value(scrape, "mouthpiece_batch_work_seconds_total"), offset(1e-6));
        final double total = value(scrape, "mouthpiece_device_memory_bytes{device=\"cpu\",state=\"total\"}");
        assertThat(value(scrape, "mouthpiece_device_memory_bytes{device=\"cpu\",state=\"used\"}"))
                .isBetween(1.0, total);
        assertThat(value(scrape, "mouthpiece_device_copies_total{device=\"cpu\"}"))
                .isZero();
        assertThat(value(scrape, "mouthpiece_device_copied_bytes_total{device=\"cpu\",direction=\"to_host\"}"))
                .isZero();
        double batches = 0;
        for (final int size : BatchMeters.sizes()) {
            batches += value(scrape, "mouthpiece_batch_sizes_total{kind=\"render\",rows=\"" + size + "\"}");
        }
        assertThat(batches)
                .isEqualTo(value(scrape, "mouthpiece_batches_total{kind=\"render\"}"))
                .isPositive();
    }

    private static String stage(String name) {
        return "mouthpiece_device_stage_seconds_total{device=\"cpu\",stage=\"" + name + "\"}";
    }

    @Test
    void shouldTellWhenTimeHadToBeLeftOut() {
        final LiveSession session = stepped.open("one", output, output);
        stepped.run(11_000);
        stepped.nowNs += 1_000_000_000L;
        stepped.run(21_000);

        assertThat(session.meters().driftNs()).isBetween(900_000_000L, 1_000_000_000L);
        assertThat(value(metrics.scrape(), "mouthpiece_frame_times_total{state=\"left_out\"}"))
                .isBetween(24.0, 25.0);
    }

    @Test
    void shouldWriteALineOfJsonForEachUtterance() throws IOException {
        final Path file = folder.resolve("trace.jsonl");
        try (UtteranceTrace trace = new UtteranceTrace(file);
                SteppedEngine traced = new SteppedEngine(trace)) {
            traced.nowNs = 5_000_000_000L;
            final LiveSession session = traced.open("a \"b\"", output, output);
            traced.run(100);
            SteppedEngine.say(session, 480);
            traced.run(300);
            session.speech().clear();
            SteppedEngine.say(session, 200);
            traced.run(600);
        }

        final List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        final JsonNode first = new ObjectMapper().readTree(lines.getFirst());
        assertThat(first.get("session").asText()).isEqualTo("a \"b\"");
        assertThat(first.get("interrupted").asBoolean()).isTrue();
        assertThat(first.get("played_ms").asDouble()).isBetween(200.0, 300.0);
        final JsonNode second = new ObjectMapper().readTree(lines.get(1));
        assertThat(second.get("segment").asInt()).isEqualTo(2);
        assertThat(second.get("pictures").asInt()).isEqualTo(5);
        final double features = second.get("features_ms").asDouble();
        final double rendered = second.get("render_ms").asDouble();
        final double composited = second.get("composite_ms").asDouble();
        final double picture = second.get("first_picture_ms").asDouble();
        assertThat(features).isNotNegative().isLessThanOrEqualTo(rendered);
        assertThat(rendered).isLessThanOrEqualTo(composited);
        assertThat(composited).isLessThanOrEqualTo(picture);
        assertThat(second.get("first_sound_ms").asDouble()).isEqualTo(picture);
    }

    /** The value of a line that begins so. */
    private static double value(String scrape, String series) {
        return scrape.lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + series + " in\n" + scrape));
    }
}
