package dev.mouthpiece.worker.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mouthpiece.device.HostCompositor;
import dev.mouthpiece.worker.media.batch.BatchLimits;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import dev.mouthpiece.worker.media.pace.PaceLimits;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The whole path, stepped by hand under a clock that the test holds. */
class PipelineTest {
    private static final long TICK_NS = 10_000_000L;
    private static final int TICKS_PER_FRAME = 4;

    private final TestModel model = new TestModel();
    private final Pipeline pipeline = new Pipeline(
            new PipelineConfig(2, 1, 8, 1 << 20, 30, new BatchLimits(4, 60_000_000L, 6, 10, 1), new PaceLimits(5)),
            new HostCompositor());
    private final RecordingSink sink = new RecordingSink();
    private long nowNs;

    @AfterEach
    void everyRunnerIsClosedWithThePath() {
        pipeline.close();
        assertThat(model.openRunners).hasValue(0);
    }

    @Test
    void shouldShowAFaceAtEveryFrameTimeAndSilenceAtEveryTickWhenNobodySpeaks() {
        pipeline.open(TestSessions.config(model, 1, true), sink);

        ticks(100);

        assertThat(sink.sounds).hasSize(100).allMatch(s -> s.segment() == 0);
        assertThat(sink.pictures)
                .hasSize(25)
                .noneMatch(RecordingSink.Picture::repeated)
                .allMatch(p -> p.segment() == 0);
    }

    @Test
    void shouldShowEachFramesPictureWithItsOwnSound() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        ticks(8);
        TestSessions.say(session.audio(), 30);

        ticks(200);

        assertThat(sink.events).containsExactly("started 1", "finished 1 at 1200000");
        final List<RecordingSink.Picture> spoken = spoken();
        assertThat(spoken).hasSize(30);
        for (int i = 0; i < 30; i++) {
            final RecordingSink.Picture picture = spoken.get(i);
            assertThat(picture.frame()).isEqualTo(i);
            assertThat((double) picture.feature()).isCloseTo(TestSessions.level(i) / 32768.0, within(1e-5));
            for (int t = 0; t < TICKS_PER_FRAME; t++) {
                assertThat(sink.sounds.get((int) picture.tick() + t))
                        .isEqualTo(new RecordingSink.Sound(1, TestSessions.level(i), TestSessions.level(i)));
            }
        }
        assertThat(session.counters().get(MediaCounter.FRAMES_REPEATED)).isZero();
    }

    @Test
    void shouldStartTheFirstWordWithoutWaitingForIdleFramesMadeAhead() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        ticks(41);
        TestSessions.say(session.audio(), 10);

        ticks(40);

        // Tick 40 was a frame boundary; the next is 44.
        assertThat(spoken().getFirst().tick()).isEqualTo(44);
    }

    @Test
    void shouldPlaySegmentsBackToBackWithoutAGap() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        TestSessions.say(session.audio(), 10);
        TestSessions.say(session.audio(), 7);
        TestSessions.say(session.audio(), 12);

        ticks(200);

        final List<RecordingSink.Picture> spoken = spoken();
        assertThat(spoken).hasSize(29);
        assertThat(spoken.getLast().tick() - spoken.getFirst().tick()).isEqualTo(28 * TICKS_PER_FRAME);
        assertThat(sink.events)
                .containsExactly(
                        "started 1",
                        "finished 1 at 400000",
                        "started 2",
                        "finished 2 at 280000",
                        "started 3",
                        "finished 3 at 480000");
    }

    @Test
    void shouldFadeOutAndForgetEverythingWhenInterrupted() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        TestSessions.say(session.audio(), 100);
        TestSessions.say(session.audio(), 50);
        ticks(62);
        final int before = sink.sounds.size();
        final long playedTicks =
                sink.sounds.stream().filter(s -> s.segment() == 1).count();

        session.audio().clear();
        ticks(1);

        assertThat(sink.sounds.get(before).level()).isPositive();
        assertThat(sink.sounds.get(before).last()).isZero();
        assertThat(sink.events).contains("interrupted 1 at " + playedTicks * 10_000);
        ticks(40);
        assertThat(sink.sounds.subList(before + 1, sink.sounds.size())).allMatch(s -> s.segment() == 0);
        assertThat(sink.pictures.stream().filter(p -> p.tick() > before && !p.repeated()))
                .isNotEmpty()
                .allMatch(p -> p.segment() == 0);
        assertThat(sink.pictures.getLast().feature()).isZero();

        TestSessions.say(session.audio(), 20);
        ticks(120);
        assertThat(sink.events).endsWith("started 3", "finished 3 at 800000");
    }

    @Test
    void shouldSpeakTheNewSegmentWhenItComesTogetherWithTheInterruption() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        TestSessions.say(session.audio(), 60);
        ticks(30);

        session.audio().clear();
        TestSessions.say(session.audio(), 15);
        ticks(120);

        assertThat(sink.events).endsWith("started 2", "finished 2 at 600000");
        assertThat(spoken().stream().filter(p -> p.segment() == 2)).hasSize(15);
    }

    @Test
    void shouldWaitWithSoundAndFaceWhenSpeechArrivesTooSlowly() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        assertThat(session.audio().start(TestSessions.SPEECH)).isTrue();
        TestSessions.speak(session.audio(), 0, 8);
        ticks(60);
        TestSessions.speak(session.audio(), 8, 8);
        assertThat(session.audio().end()).isTrue();
        ticks(120);

        assertThat(session.counters().get(MediaCounter.SPEECH_STARVED)).isPositive();
        assertThat(sink.events).containsExactly("started 1", "finished 1 at 640000");
        assertThat(sink.sounds.stream().filter(s -> s.segment() == 1)).hasSize(16 * TICKS_PER_FRAME);
        assertThat(spoken())
                .extracting(RecordingSink.Picture::frame)
                .doesNotHaveDuplicates()
                .isSorted();
        for (final RecordingSink.Picture picture : spoken()) {
            assertThat(sink.sounds.get((int) picture.tick()).level()).isEqualTo(TestSessions.level(picture.frame()));
        }
    }

    @Test
    void shouldNeverMakeSoundWaitForPicturesAndSkipThoseThatAreLate() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        TestSessions.say(session.audio(), 50);
        ticks(60);
        final int before = sink.sounds.size();
        for (int i = 0; i < 24; i++) {
            // The device does nothing for 240 ms.
            pipeline.stepPacer(nowNs);
            nowNs += TICK_NS;
        }
        ticks(200);

        assertThat(sink.sounds.subList(before, before + 24)).allMatch(s -> s.segment() == 1);
        assertThat(sink.events).containsExactly("started 1", "finished 1 at 2000000");
        assertThat(session.counters().get(MediaCounter.FRAMES_REPEATED)).isPositive();
        for (final RecordingSink.Picture picture : spoken()) {
            assertThat(sink.sounds.get((int) picture.tick()).level()).isEqualTo(TestSessions.level(picture.frame()));
        }
    }

    @Test
    void shouldEndOnlyTheSessionWhoseRowFails() {
        final RecordingSink other = new RecordingSink();
        final MediaSession good = pipeline.open(TestSessions.config(model, 1, true), other);
        pipeline.open(TestSessions.config(model, TestModel.POISON, true), sink);
        TestSessions.say(good.audio(), 20);

        ticks(150);

        assertThat(sink.events).containsExactly("failed: a row that can't be rendered");
        assertThat(other.events).containsExactly("started 1", "finished 1 at 800000");
        assertThat(other.pictures).noneMatch(RecordingSink.Picture::repeated);
    }

    @Test
    void shouldShareBatchesBetweenSessionsAndMixNothingUp() {
        final RecordingSink[] sinks = new RecordingSink[6];
        for (int i = 0; i < sinks.length; i++) {
            sinks[i] = new RecordingSink();
            TestSessions.say(
                    pipeline.open(TestSessions.config(model, 20L + i, true), sinks[i])
                            .audio(),
                    25);
        }

        ticks(160);

        for (final RecordingSink each : sinks) {
            assertThat(each.events).containsExactly("started 1", "finished 1 at 1000000");
        }
        final long frames = 6 * 25;
        assertThat(model.renderCalls.get()).isLessThan((int) (frames * 3 / 4 + 6 * 40 / 2));
        for (int a = 1; a < sinks.length; a++) {
            // The slot is painted green: each session shows its own, brighter than the one before.
            assertThat(spokenOf(sinks[a]).get(3).greenSlot())
                    .isGreaterThanOrEqualTo(spokenOf(sinks[a - 1]).get(3).greenSlot());
        }
    }

    @Test
    void shouldGiveAClosedSessionsFramesBackAndCallItClosedOnce() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        TestSessions.say(session.audio(), 40);
        ticks(20);
        final int[] closed = new int[1];

        pipeline.close(session, () -> closed[0]++);
        final int pictures = sink.pictures.size();
        ticks(40);

        assertThat(closed[0]).isEqualTo(1);
        assertThat(sink.pictures).hasSize(pictures);
    }

    private List<RecordingSink.Picture> spoken() {
        return spokenOf(sink);
    }

    private static List<RecordingSink.Picture> spokenOf(RecordingSink sink) {
        return sink.pictures.stream()
                .filter(p -> p.segment() != 0 && !p.repeated())
                .toList();
    }

    private void ticks(int count) {
        for (int i = 0; i < count; i++) {
            for (int turn = 0; turn < 6; turn++) {
                pipeline.stepDevice(nowNs);
                pipeline.stepLanes();
            }
            pipeline.stepDevice(nowNs);
            pipeline.stepPacer(nowNs);
            nowNs += TICK_NS;
        }
    }
}
