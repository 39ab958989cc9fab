package dev.mouthpiece.worker.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole path, stepped by hand under a clock that the test holds. */
class PipelineTest {
    private static final long TICK_NS = 10_000_000L;
    private static final int TICKS_PER_FRAME = 4;

    private final TestModel model = new TestModel();
    private final Pipeline pipeline = TestSessions.stepped(200_000_000L);
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
    void shouldStartTheFirstWordAtOnceWhateverFrameTimeTheFaceAtRestIsIn() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        ticks(41);
        TestSessions.say(session.audio(), 10);

        ticks(48);

        // Tick 40 was a frame boundary; the next would have been 44.
        assertThat(spoken()).hasSize(10);
        for (int i = 0; i < 10; i++) {
            assertThat(spoken().get(i).tick()).isEqualTo(41 + 4 * i);
        }
        assertThat(sink.sounds.get(41).segment()).isEqualTo(1);
        final List<RecordingSink.Picture> all = sink.pictures;
        assertThat(all.getLast().tick() - 41)
                .as("the face at rest keeps the new time")
                .isEqualTo(44);
    }

    @Test
    void shouldShowAnotherAvatarInMidSpeechWithoutAGapAndThenLetGoOfTheFirst() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 10, true), sink);
        ticks(8);
        TestSessions.say(session.audio(), 30);
        ticks(42);
        final List<Boolean> done = new ArrayList<>();
        pipeline.show(
                session, TestModel.SIDE, TestSessions.config(model, 200, true).loop(), done::add);
        final int before = sink.pictures.size();

        ticks(150);

        assertThat(sink.pictures).hasSize(50).noneMatch(RecordingSink.Picture::repeated);
        assertThat(sink.events).containsExactly("started 1", "finished 1 at 1200000");
        assertThat(spoken()).hasSize(30);
        final List<Boolean> bright =
                sink.pictures.stream().map(p -> p.greenSlot() > 120).toList();
        final int first = bright.indexOf(true);
        assertThat(first).as("planned frames keep the face").isBetween(before, before + 8);
        assertThat(bright.subList(0, first)).doesNotContain(true);
        assertThat(bright.subList(first, 50)).doesNotContain(false);
        assertThat(done).containsExactly(true);
    }

    @Test
    void shouldKeepTheFirstAvatarUntilTheNextOneHasBeenShown() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 10, true), sink);
        ticks(8);
        final List<Boolean> done = new ArrayList<>();
        pipeline.show(
                session, TestModel.SIDE, TestSessions.config(model, 200, true).loop(), done::add);

        for (int i = 0; i < 20; i++) {
            pipeline.stepDevice(nowNs);
            pipeline.stepLanes();
        }

        assertThat(done).as("nothing has been shown since").isEmpty();
        ticks(20);
        assertThat(done).containsExactly(true);
    }

    @Test
    void shouldLetGoOfAnAvatarThatWasNeverShownWhenTheSessionIsClosed() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 10, true), sink);
        ticks(8);
        final List<String> done = new ArrayList<>();
        pipeline.show(
                session,
                TestModel.SIDE,
                TestSessions.config(model, 200, true).loop(),
                shown -> done.add("face " + shown));

        pipeline.close(session, () -> done.add("closed"));
        ticks(10);

        assertThat(done).containsExactly("face false", "closed");
    }

    @Test
    void shouldRefuseAnAvatarOfAnotherSize() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 10, true), sink);
        final var small =
                new AvatarFrame(2, new StillFrame(16, 16, ByteBuffer.allocateDirect(16 * 16 * 3)), PatchPlace.at(0, 0));

        assertThatThrownBy(() -> pipeline.show(session, TestModel.SIDE, List.of(small), shown -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16x16");
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
    void shouldPlayASegmentToTheEndThatFollowsOneThatEndsWithinAFrame() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        assertThat(session.audio().start(TestSessions.SPEECH)).isTrue();
        TestSessions.speak(session.audio(), 0, 5);
        TestSessions.speakPart(session.audio(), 5, 33);
        assertThat(session.audio().end()).isTrue();
        TestSessions.say(session.audio(), 7);

        ticks(100);

        assertThat(sink.events)
                .containsExactly("started 1", "finished 1 at 202062", "started 2", "finished 2 at 280000");
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
    void shouldGoOnWithPicturesInTimeAfterSpeechHadRunDry() {
        // A voice that comes as quickly as it is spoken, with a gap of 300 ms in the network.
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        assertThat(session.audio().start(TestSessions.SPEECH)).isTrue();
        for (int f = 0; f < 20; f++) {
            TestSessions.speak(session.audio(), f, 1);
            ticks(TICKS_PER_FRAME);
        }
        ticks(30);
        final long late = session.counters().get(MediaCounter.FRAMES_LATE)
                + session.counters().get(MediaCounter.FRAMES_SKIPPED);
        for (int f = 20; f < 60; f++) {
            TestSessions.speak(session.audio(), f, 1);
            ticks(TICKS_PER_FRAME);
        }
        assertThat(session.audio().end()).isTrue();
        ticks(80);

        assertThat(sink.events).containsExactly("started 1", "finished 1 at 2400000");
        assertThat(session.counters().get(MediaCounter.SPEECH_STARVED)).isPositive();
        // A face that went on with the sound, before its look-ahead was there, would be late for the rest of the
        // segment.
        assertThat(session.counters().get(MediaCounter.FRAMES_LATE)
                        + session.counters().get(MediaCounter.FRAMES_SKIPPED)
                        - late)
                .isLessThanOrEqualTo(2);
        assertThat(spoken()).hasSizeGreaterThanOrEqualTo(57);
    }

    @Test
    void shouldShowTheFaceAtRestWithinTwoFrameTimesOfAnInterruption() {
        for (int phase = 0; phase < TICKS_PER_FRAME; phase++) {
            final RecordingSink own = new RecordingSink();
            final MediaSession session = pipeline.open(TestSessions.config(model, 2 + phase, true, nowNs), own);
            TestSessions.say(session.audio(), 200);
            ticks(41 + phase);
            final int before = own.sounds.size();

            session.audio().clear();
            ticks(20);

            final RecordingSink.Picture first = own.pictures.stream()
                    .filter(p -> p.tick() >= before && !p.repeated())
                    .findFirst()
                    .orElseThrow();
            assertThat(first.segment()).isZero();
            assertThat(first.tick() - before).isLessThanOrEqualTo(2 * TICKS_PER_FRAME - 1);
            pipeline.close(session, () -> {});
        }
    }

    @Test
    void shouldCloseTheMouthInTwoFramesWhenInterruptedAndMoreGentlyAfterASentence() {
        final RecordingSink ended = new RecordingSink();
        final MediaSession cut = pipeline.open(TestSessions.config(model, 1, true), sink);
        final MediaSession whole = pipeline.open(TestSessions.config(model, 2, true), ended);
        TestSessions.say(cut.audio(), 200);
        TestSessions.say(whole.audio(), 20);
        ticks(120);

        cut.audio().clear();
        ticks(40);

        final List<Float> closing = restAfterSpeech(sink);
        assertThat(closing.getFirst()).isPositive().isLessThan(spokenLast(sink) * 0.31f);
        assertThat(closing.subList(1, 5)).containsOnly(0f);
        final List<Float> easing = restAfterSpeech(ended);
        assertThat(easing.getFirst()).isGreaterThan(spokenLast(ended) * 0.5f);
        assertThat(easing.get(1)).isPositive().isLessThan(easing.getFirst());
        assertThat(easing.get(2)).isPositive().isLessThan(easing.get(1));
    }

    private static List<Float> restAfterSpeech(RecordingSink of) {
        final long last = lastSpoken(of).tick();
        return of.pictures.stream()
                .filter(p -> p.segment() == 0 && p.tick() > last && !p.repeated())
                .map(RecordingSink.Picture::feature)
                .toList();
    }

    private static float spokenLast(RecordingSink of) {
        return lastSpoken(of).feature();
    }

    private static RecordingSink.Picture lastSpoken(RecordingSink of) {
        return of.pictures.stream()
                .filter(p -> p.segment() != 0)
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    @Test
    void shouldMakeUpForTicksThatItMissedButShowOnlyThePictureOfNow() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        TestSessions.say(session.audio(), 60);
        ticks(60);
        final int sounds = sink.sounds.size();
        final int pictures = sink.pictures.size();

        nowNs += 15 * TICK_NS;
        ticks(1);

        // 150 ms late: sixteen ticks of sound at once, and of the four pictures the last.
        assertThat(sink.sounds).hasSize(sounds + 16);
        assertThat(sink.pictures).hasSize(pictures + 1);
        ticks(200);
        assertThat(sink.events).containsExactly("started 1", "finished 1 at 2400000");
        for (final RecordingSink.Picture picture : spoken()) {
            assertThat(sink.sounds.get((int) picture.tick()).level()).isEqualTo(TestSessions.level(picture.frame()));
        }
        assertThat(session.counters().get(MediaCounter.FRAME_TIMES_LEFT_OUT)).isZero();
    }

    @Test
    void shouldLeaveATimeOutThatIsTooLongToMakeUpFor() {
        final MediaSession session = pipeline.open(TestSessions.config(model, 1, true), sink);
        TestSessions.say(session.audio(), 60);
        ticks(60);
        final int sounds = sink.sounds.size();

        nowNs += 500 * TICK_NS;
        ticks(1);

        assertThat(sink.sounds.size() - sounds).isLessThanOrEqualTo(TICKS_PER_FRAME);
        assertThat(session.counters().get(MediaCounter.FRAME_TIMES_LEFT_OUT)).isEqualTo(125);
        ticks(240);
        assertThat(sink.events).containsExactly("started 1", "finished 1 at 2400000");
        assertThat(spoken()).hasSizeGreaterThanOrEqualTo(58);
    }

    @ParameterizedTest
    @CsvSource({"20, 10", "40, 10", "60, 12", "80, 12"})
    void shouldShowWhatItRendersAndShareItEvenlyWhereThereIsTooMuchToRender(int batchMs, int sessions) {
        final RecordingSink[] sinks = new RecordingSink[sessions];
        for (int i = 0; i < sessions; i++) {
            sinks[i] = new RecordingSink();
            final MediaSession session =
                    pipeline.open(TestSessions.config(model, 20L + i, true, i * 7_000_000L), sinks[i]);
            TestSessions.say(session.audio(), 300);
        }
        ticks(40);

        final int encodesBefore = model.encodeCalls.get();

        final int ms = 8_000;
        slowly(ms, batchMs);

        final double wanted = sessions * ms / 40.0;
        final int calls = 2 * ms / batchMs - (model.encodeCalls.get() - encodesBefore);
        final double possible = Math.min(wanted, 4.0 * calls);
        double shown = 0;
        for (final RecordingSink each : sinks) {
            final long own = each.pictures.stream()
                    .filter(p -> p.tick() > 40 && !p.repeated() && p.segment() != 0)
                    .count();
            shown += own;
            assertThat(own).isGreaterThan((long) (0.8 * possible / sessions));
            for (final RecordingSink.Picture picture : spokenOf(each)) {
                assertThat(each.sounds.get((int) picture.tick()).level())
                        .isEqualTo(TestSessions.level(picture.frame()));
            }
        }
        assertThat(shown).isGreaterThan(0.9 * possible);
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

    @Test
    void shouldLetAFirstWordPassWhereThereIsTooMuchToRender() {
        for (int i = 0; i < 12; i++) {
            final MediaSession session =
                    pipeline.open(TestSessions.config(model, 20L + i, true, i * 7_000_000L), new RecordingSink());
            TestSessions.say(session.audio(), 300);
        }
        final MediaSession quiet = pipeline.open(TestSessions.config(model, 1, true), sink);
        slowly(4_000, 60);

        TestSessions.say(quiet.audio(), 40);
        final int before = sink.sounds.size();
        slowly(1_000, 60);

        // Encoded in one turn of the inference threads, rendered in the next, shown at the frame time after.
        final RecordingSink.Picture first = spoken().getFirst();
        assertThat(first.frame()).isZero();
        assertThat(first.tick() - before).isLessThanOrEqualTo(16);
    }

    /** Time passes, and each of the two inference threads does one batch of at most four frames in batchMs. */
    private void slowly(int ms, int batchMs) {
        for (int t = 0; t < ms; t += 2) {
            pipeline.stepDevice(nowNs);
            if (t % batchMs == 0) {
                pipeline.stepLanes();
                pipeline.stepDevice(nowNs);
            }
            pipeline.stepPacer(nowNs);
            nowNs += 2_000_000L;
        }
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
