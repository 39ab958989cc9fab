package dev.mouthpiece.worker.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A model that idles on prepared frames: the path shows them as they are, forth and back, and asks the model for nothing. */
class LoopIdleTest {
    private static final long TICK_NS = 10_000_000L;
    private static final int FRAMES = 4;

    private final TestModel model = TestModel.withLoop();
    private final Pipeline pipeline = TestSessions.stepped(20_000_000L);
    private final RecordingSink sink = new RecordingSink();
    private final List<AvatarFrame> loop = new ArrayList<>();
    private long nowNs;

    LoopIdleTest() {
        for (int i = 0; i < FRAMES; i++) {
            final ByteBuffer grey = ByteBuffer.allocateDirect(32 * 32 * 3);
            for (int at = 0; at < grey.capacity(); at++) {
                grey.put(at, (byte) (40 * i));
            }
            loop.add(new AvatarFrame(
                    i, new StillFrame(32, 32, grey), PatchPlace.scaled(4, 4, 24, 24, TestModel.SIDE, 2)));
        }
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void shouldShowPreparedFramesForthAndBackWithoutTheModelWhenNobodySpeaks() {
        open();

        ticks(15 * 4);

        assertThat(sink.pictures.stream().map(RecordingSink.Picture::greenSlot).toList())
                .startsWith(grey(0), grey(1), grey(2), grey(3), grey(2), grey(1), grey(0), grey(1), grey(2));
        assertThat(sink.pictures).hasSize(15).noneMatch(RecordingSink.Picture::repeated);
        assertThat(model.renderCalls).hasValue(0);
    }

    @Test
    void shouldSpeakOnTheLoopAndReturnToPreparedFramesWhenTheWordIsOver() {
        final MediaSession session = open();
        ticks(8);
        TestSessions.say(session.audio(), 10);
        ticks(120);
        final int callsWhenBackAtRest = model.renderCalls.get();
        assertThat(callsWhenBackAtRest).isPositive();

        ticks(40);

        assertThat(model.renderCalls).hasValue(callsWhenBackAtRest);
        assertThat(sink.events).containsExactly("started 1", "finished 1 at 400000");
        final List<RecordingSink.Picture> last = sink.pictures.subList(sink.pictures.size() - 8, sink.pictures.size());
        for (int i = 1; i < last.size(); i++) {
            final int step = Math.abs(last.get(i).greenSlot() - last.get(i - 1).greenSlot());
            assertThat(step).as("neighbours in the loop").isBetween(grey(1) - grey(0) - 1, grey(1) - grey(0) + 1);
        }
    }

    @Test
    void shouldFadeThePatchInAndOutWhenSpeechStartsAndEnds() {
        final MediaSession session =
                pipeline.open(new SessionConfig(model, TestModel.SIDE, loop.subList(0, 1), 1, true, 0), sink);
        ticks(8);
        TestSessions.say(session.audio(), 12);
        ticks(140);

        final List<Integer> levels =
                sink.pictures.stream().map(RecordingSink.Picture::greenSlot).toList();
        final int most = levels.stream().mapToInt(Integer::intValue).max().orElseThrow();
        for (int i = 1; i < levels.size(); i++) {
            assertThat(Math.abs(levels.get(i) - levels.get(i - 1))).isLessThan((most - grey(0)) / 2);
        }
        assertThat(levels.getLast()).isEqualTo(grey(0));
        assertThat(most).isGreaterThan(grey(0) + 20);
    }

    private MediaSession open() {
        return pipeline.open(new SessionConfig(model, TestModel.SIDE, loop, 1, true, 0), sink);
    }

    /** The luma of the loop's frame i. */
    private static int grey(int i) {
        return 16 + (40 * i * 219 + 127) / 255;
    }

    private void ticks(int count) {
        for (int i = 0; i < count; i++) {
            for (int turn = 0; turn < 4; turn++) {
                pipeline.stepDevice(nowNs);
                pipeline.stepLanes();
            }
            pipeline.stepDevice(nowNs);
            pipeline.stepPacer(nowNs);
            nowNs += TICK_NS;
        }
    }
}
