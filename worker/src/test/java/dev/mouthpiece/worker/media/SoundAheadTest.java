package dev.mouthpiece.worker.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.media.frame.MediaCounter;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A session whose sound leaves a tick before its picture, stepped by hand under a clock that the test holds. */
class SoundAheadTest {
    private static final long TICK_NS = 10_000_000L;
    private static final int TICKS_PER_FRAME = 4;
    private static final int AHEAD = 1;

    private final TestModel model = new TestModel();
    private final Pipeline pipeline = TestSessions.stepped(200_000_000L);
    private final RecordingSink sink = new RecordingSink();
    private long nowNs;

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void shouldShowEachPictureATickAfterItsSoundHasBegun() {
        final MediaSession session = open();
        ticks(9);
        TestSessions.say(session.audio(), 30);

        ticks(200);

        assertThat(sink.events).containsExactly("started 1", "finished 1 at 1200000");
        assertThat(spoken()).hasSize(30);
        for (int i = 0; i < 30; i++) {
            final int begun = (int) spoken().get(i).tick() - AHEAD;
            for (int t = 0; t < TICKS_PER_FRAME; t++) {
                assertThat(sink.sounds.get(begun + t))
                        .isEqualTo(new RecordingSink.Sound(1, TestSessions.level(i), TestSessions.level(i)));
            }
        }
        assertThat(session.counters().get(MediaCounter.FRAMES_REPEATED)).isZero();
    }

    @Test
    void shouldStartWhileTheFirstPictureIsStillBeingMade() {
        final MediaSession session = open();
        speakUntilItsPictureIsUnderWay(session);

        tick();
        assertThat(sink.sounds.getLast().segment()).isEqualTo(1);
        assertThat(spoken()).isEmpty();
        final int begun = sink.sounds.size() - 1;

        ticks(60);
        assertThat(spoken().getFirst().frame()).isZero();
        assertThat(spoken().getFirst().tick()).isEqualTo(begun + AHEAD);
        everyPictureWithItsOwnSound();
        assertThat(session.counters().get(MediaCounter.FRAMES_LATE)).isZero();
    }

    @Test
    void shouldSkipPicturesThatAreLaterThanExpectedAndShowTheNextWithTheirOwnSound() {
        final MediaSession session = open();
        speakUntilItsPictureIsUnderWay(session);

        for (int i = 0; i < 7; i++) {
            tick();
        }
        assertThat(sink.sounds.subList(sink.sounds.size() - 7, sink.sounds.size()))
                .allMatch(sound -> sound.segment() == 1);
        assertThat(spoken()).isEmpty();

        ticks(60);
        assertThat(spoken().getFirst().frame()).isPositive();
        everyPictureWithItsOwnSound();
        assertThat(session.counters().get(MediaCounter.FRAMES_LATE)).isPositive();
    }

    @Test
    void shouldRefuseToBeAheadByAWholeFrameTime() {
        assertThatThrownBy(
                        () -> pipeline.open(TestSessions.config(model, 1, true).withSoundAhead(4), sink))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ticks=4");
    }

    private MediaSession open() {
        return pipeline.open(TestSessions.config(model, 1, true).withSoundAhead(AHEAD), sink);
    }

    /** Somebody speaks in real time, and an inference thread has just been given the first picture. */
    private void speakUntilItsPictureIsUnderWay(MediaSession session) {
        ticks(9);
        assertThat(session.audio().start(TestSessions.SPEECH)).isTrue();
        TestSessions.speak(session.audio(), 0, 10);
        final int renders = model.renderCalls.get();
        pipeline.stepDevice(nowNs);
        pipeline.stepLanes();
        pipeline.stepDevice(nowNs);
        assertThat(model.renderCalls).hasValue(renders);
    }

    private void everyPictureWithItsOwnSound() {
        for (final RecordingSink.Picture picture : spoken()) {
            for (int t = 0; t < TICKS_PER_FRAME; t++) {
                assertThat(sink.sounds.get((int) picture.tick() - AHEAD + t).level())
                        .isEqualTo(TestSessions.level(picture.frame()));
            }
        }
    }

    private List<RecordingSink.Picture> spoken() {
        return sink.pictures.stream()
                .filter(p -> p.segment() != 0 && !p.repeated())
                .toList();
    }

    /** The pacer's turn alone. */
    private void tick() {
        pipeline.stepPacer(nowNs);
        nowNs += TICK_NS;
    }

    private void ticks(int count) {
        for (int i = 0; i < count; i++) {
            for (int turn = 0; turn < 6; turn++) {
                pipeline.stepDevice(nowNs);
                pipeline.stepLanes();
            }
            pipeline.stepDevice(nowNs);
            tick();
        }
    }
}
