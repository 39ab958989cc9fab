package dev.mouthpiece.worker.whep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.whep.SpeechDesk.Offer;
import dev.mouthpiece.worker.whep.SpeechDesk.Speaker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpeechDeskTest {
    private static final PcmFormat MONO_16K = new PcmFormat(16_000, 1);
    private static final long MS = 1_000_000;
    private static final long IDLE_NS = 10_000 * MS;

    private final ScriptedInput input = new ScriptedInput();
    private final Recorder events = new Recorder();
    private final SpeechDesk desk = new SpeechDesk(input, events, IDLE_NS);
    private final Speaker anna = desk.join(MONO_16K);
    private final Speaker ben = desk.join(new PcmFormat(48_000, 2));

    @Test
    void shouldBeginASegmentWithTheFirstPieceAndEndItWithTheFlush() {
        assertThat(desk.speak(anna, pcm(640), 0)).isEqualTo(Offer.TAKEN);
        assertThat(desk.speak(anna, pcm(640), 0)).isEqualTo(Offer.TAKEN);
        desk.flush(anna);

        assertThat(input.calls).containsExactly("begin 16000x1", "write 640", "write 640", "end");
        assertThat(events.seen).containsExactly("segment 1 anna");
    }

    @Test
    void shouldDoNothingOnAFlushWithoutSpeech() {
        desk.flush(anna);

        assertThat(input.calls).isEmpty();
    }

    @Test
    void shouldRefuseASecondSpeakerUntilTheFirstHasFlushed() {
        desk.speak(anna, pcm(640), 0);

        assertThat(desk.speak(ben, pcm(640), 0)).isEqualTo(Offer.BUSY);
        desk.flush(anna);
        assertThat(desk.speak(ben, pcm(640), 0)).isEqualTo(Offer.TAKEN);
        assertThat(events.seen).containsExactly("segment 1 anna", "segment 2 ben");
    }

    @Test
    void shouldAskForTheRestAgainWhereTheInputIsFull() {
        input.room = 400;
        final ByteBuffer piece = pcm(640);

        assertThat(desk.speak(anna, piece, 0)).isEqualTo(Offer.FULL);
        assertThat(piece.remaining()).isEqualTo(240);
        input.room = 1000;
        assertThat(desk.speak(anna, piece, 0)).isEqualTo(Offer.TAKEN);
    }

    @Test
    void shouldEndLaterWhereTheEndFindsNoRoom() {
        desk.speak(anna, pcm(640), 0);
        input.takesEnds = false;
        desk.flush(anna);

        assertThat(desk.speak(ben, pcm(640), 0)).isEqualTo(Offer.FULL);
        input.takesEnds = true;
        desk.tick(20 * MS);
        assertThat(input.calls).endsWith("end");
        assertThat(desk.speak(ben, pcm(640), 0)).isEqualTo(Offer.TAKEN);
    }

    @Test
    void shouldDropTheRestOfWhatSomebodyElseInterruptedUntilTheSpeakersFlush() {
        desk.speak(anna, pcm(640), 0);
        desk.interrupt(ben, 0);

        assertThat(desk.speak(anna, pcm(640), 0)).isEqualTo(Offer.DROPPED);
        desk.flush(anna);
        assertThat(desk.speak(anna, pcm(640), 0)).isEqualTo(Offer.TAKEN);
        assertThat(events.seen).containsExactly("segment 1 anna", "segment 2 anna");
    }

    @Test
    void shouldBeginAnewAfterAnInterruptionOfOnesOwn() {
        desk.speak(anna, pcm(640), 0);
        desk.interrupt(anna, 0);

        assertThat(desk.speak(anna, pcm(640), 0)).isEqualTo(Offer.TAKEN);
        assertThat(input.calls).containsExactly("begin 16000x1", "write 640", "clear", "begin 16000x1", "write 640");
    }

    @Test
    void shouldReportQueuedSegmentsThatAnInterruptionDroppedOnceEach() {
        say(anna);
        say(anna);
        say(anna);
        desk.playbackStarted(1);
        desk.interrupt(anna, 0);
        desk.playbackFinished(1, 30_000, true);
        desk.tick(50 * MS);
        assertThat(events.seen).endsWith("finished 1 30000 true");

        desk.tick(100 * MS);
        desk.tick(200 * MS);
        assertThat(events.seen).endsWith("finished 1 30000 true", "finished 2 0 true", "finished 3 0 true");
    }

    @Test
    void shouldLeaveASegmentThatBeganInTheMomentOfTheInterruptionToTheMediaPath() {
        say(anna);
        say(anna);
        desk.interrupt(anna, 0);
        desk.playbackStarted(1);
        desk.tick(100 * MS);
        assertThat(events.seen).endsWith("started 1");

        desk.playbackFinished(1, 10_000, true);
        desk.tick(300 * MS);
        assertThat(events.seen).endsWith("started 1", "finished 1 10000 true", "finished 2 0 true");
    }

    @Test
    void shouldNotFinishWhatWasSaidAfterTheInterruption() {
        say(anna);
        desk.interrupt(anna, 0);
        say(anna);
        desk.tick(100 * MS);

        assertThat(events.seen).containsExactly("segment 1 anna", "segment 2 anna", "finished 1 0 true");
    }

    @Test
    void shouldEndTheSegmentOfASpeakerThatSendsNothingAnyMore() {
        desk.speak(anna, pcm(640), 0);
        desk.tick(IDLE_NS);
        assertThat(input.calls).doesNotContain("end");

        desk.tick(IDLE_NS + 1);
        assertThat(input.calls).endsWith("end");
        assertThat(events.seen).endsWith("idle anna");
    }

    @Test
    void shouldLetWhatASpeakerSaidBeforeItLeftBeHeard() {
        desk.speak(anna, pcm(640), 0);
        desk.leave(anna);

        assertThat(input.calls).endsWith("end");
        assertThat(desk.speak(ben, pcm(640), 0)).isEqualTo(Offer.TAKEN);
    }

    @Test
    void shouldCountTheSpeechThatIsStillToBeHeard() {
        desk.speak(anna, pcm(32_000), 0);
        desk.flush(anna);
        desk.speak(ben, pcm(192_000 / 2), 0);
        assertThat(desk.queuedUs()).isEqualTo(1_500_000);

        desk.playbackStarted(1);
        desk.playedTo(1, 250_000);
        assertThat(desk.queuedUs()).isEqualTo(1_250_000);
        desk.playbackFinished(1, 1_000_000, false);
        assertThat(desk.queuedUs()).isEqualTo(500_000);
    }

    private void say(Speaker speaker) {
        desk.speak(speaker, pcm(640), 0);
        desk.flush(speaker);
    }

    private static ByteBuffer pcm(int bytes) {
        return ByteBuffer.allocate(bytes);
    }

    private final class Recorder implements SpeechDesk.Events {
        private final List<String> seen = new ArrayList<>();

        private String name(Speaker speaker) {
            return speaker == anna ? "anna" : "ben";
        }

        @Override
        public void onSegmentStarted(Speaker speaker, long segment) {
            seen.add("segment " + segment + " " + name(speaker));
        }

        @Override
        public void onPlaybackStarted(long segment) {
            seen.add("started " + segment);
        }

        @Override
        public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {
            seen.add("finished " + segment + " " + positionUs + " " + interrupted);
        }

        @Override
        public void onSpeakerIdle(Speaker speaker) {
            seen.add("idle " + name(speaker));
        }
    }

    private static final class ScriptedInput implements SpeechInput {
        private final List<String> calls = new ArrayList<>();
        private int room = Integer.MAX_VALUE;
        private boolean takesEnds = true;

        @Override
        public boolean begin(int sampleRateHz, int channels) {
            calls.add("begin " + sampleRateHz + "x" + channels);
            return true;
        }

        @Override
        public int write(ByteBuffer pcm) {
            final int taken = Math.min(room, pcm.remaining());
            pcm.position(pcm.position() + taken);
            calls.add("write " + taken);
            return taken;
        }

        @Override
        public boolean end() {
            if (takesEnds) {
                calls.add("end");
            }
            return takesEnds;
        }

        @Override
        public void clear() {
            calls.add("clear");
        }
    }
}
