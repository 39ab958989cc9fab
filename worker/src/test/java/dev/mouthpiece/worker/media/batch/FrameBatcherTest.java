package dev.mouthpiece.worker.media.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.Seeds;
import dev.mouthpiece.worker.media.TestModel;
import dev.mouthpiece.worker.media.TestSessions;
import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.media.frame.Batch;
import dev.mouthpiece.worker.media.frame.BatchQueue;
import dev.mouthpiece.worker.media.frame.FrameRing;
import dev.mouthpiece.worker.media.frame.MediaCounters;
import dev.mouthpiece.worker.media.frame.PlayPosition;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import dev.mouthpiece.worker.media.life.LifeGenerator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FrameBatcherTest {
    private static final long FRAME_NS = 40_000_000L;
    private static final long LEAD_NS = 50_000_000L;
    private static final BatchLimits LIMITS = new BatchLimits(4, LEAD_NS, 8, 12, 1, 0);

    private final TestModel model = new TestModel();
    private final ScriptedLane lane = new ScriptedLane();
    private final FrameBatcher batcher = new FrameBatcher(LIMITS, List.of(lane), 4);

    @Test
    void shouldFlushAPartialBatchOnlyWhenItsFrameIsAboutToBeDue() {
        final Session a = session(10 * FRAME_NS, false);
        TestSessions.say(a.ring, 3);
        encode();

        batcher.doWork(10 * FRAME_NS - LEAD_NS - 1);
        assertThat(lane.renders).isEmpty();

        batcher.doWork(10 * FRAME_NS - LEAD_NS);
        assertThat(lane.renders).singleElement().isEqualTo(3);
    }

    @Test
    void shouldKeepAPartialBatchAsLongAsItsMeasuredCostAllows() {
        final long ms = 1_000_000L;
        final BatchCosts costs = BatchCosts.of(new int[] {1, 2, 4}, new long[] {2 * ms, 3 * ms, 5 * ms});
        final FrameBatcher measured =
                new FrameBatcher(new BatchLimits(4, LEAD_NS, 8, 12, 1, 0, costs), List.of(lane), 4);
        final Session a = new Session(model, 10 * FRAME_NS, false, 1);
        measured.add(a.track);
        TestSessions.say(a.ring, 3);
        encode(measured);
        // A full batch before it, three rows computed as four, and 20 ms for threads.
        final long lastMoment = 10 * FRAME_NS - 20 * ms - 5 * ms - 5 * ms;

        measured.doWork(lastMoment - 1);
        assertThat(lane.renders).isEmpty();

        measured.doWork(lastMoment);
        assertThat(lane.renders).singleElement().isEqualTo(3);
    }

    @Test
    void shouldLeaveEarlierWhereBatchesTakeLongerThanWasMeasured() {
        final long ms = 1_000_000L;
        final BatchCosts costs = BatchCosts.of(new int[] {4}, new long[] {ms});
        final FrameBatcher measured =
                new FrameBatcher(new BatchLimits(4, LEAD_NS, 12, 16, 1, 0, costs), List.of(lane), 4);
        final Session a = new Session(model, 10 * FRAME_NS, false, 1);
        measured.add(a.track);
        TestSessions.say(a.ring, 11);
        // Four frames are rendered meanwhile.
        encode(measured);

        measured.doWork(0);
        assertThat(lane.renders).containsExactly(4);
        lane.finishAll();
        // It took 80 ms, of which a mean that rises by halves takes 40: three more wait until 60 ms before they are
        // due.
        measured.doWork(80 * ms);
        final long dueNs = 18 * FRAME_NS;
        measured.doWork(dueNs - 60 * ms - 1);
        assertThat(lane.renders).containsExactly(4);

        measured.doWork(dueNs - 60 * ms);
        assertThat(lane.renders).containsExactly(4, 3);
    }

    @Test
    void shouldSendAFullBatchAtOnce() {
        final Session a = session(100 * FRAME_NS, false);
        TestSessions.say(a.ring, 30);
        encode();

        batcher.doWork(0);

        assertThat(lane.renders).isNotEmpty().allMatch(rows -> rows == 4);
    }

    @Test
    void shouldNotHoldMoreThanTheLookAheadReady() {
        final Session a = session(100 * FRAME_NS, false);
        TestSessions.say(a.ring, 60);
        for (int i = 0; i < 50; i++) {
            batcher.doWork(0);
            lane.finishAll();
        }

        assertThat(a.frames.pending()).isEqualTo(LIMITS.aheadFrames());
    }

    @Test
    void shouldTakeTheMostUrgentFramesFirst() {
        final Session late = session(9 * FRAME_NS, false);
        final Session soon = session(FRAME_NS, false);
        TestSessions.say(late.ring, 20);
        TestSessions.say(soon.ring, 20);
        for (int i = 0; i < 12; i++) {
            batcher.doWork(0);
            lane.finishAll();
        }

        // Frame i of `soon` is due at (1 + i) frames, frame 0 of `late` at 9: `soon` has its eight first.
        assertThat(lane.rendered.subList(0, 8)).containsOnly(soon.still);
        assertThat(lane.rendered.subList(8, 16)).containsOnly(late.still);
    }

    @Test
    void shouldDropWorkOfAnOlderEpochWhereverItIs() {
        final Session a = session(FRAME_NS, false);
        TestSessions.say(a.ring, 40);
        batcher.doWork(0);
        a.ring.clear();
        lane.finishAll();
        batcher.doWork(0);
        lane.finishAll();

        for (int i = 0; i < 20; i++) {
            batcher.doWork(i * FRAME_NS);
            lane.finishAll();
        }

        assertThat(a.track.inFlight()).isZero();
        for (int i = 0; i < a.frames.ring.available(); i++) {
            assertThat(a.frames.ring.peek(i).epoch()).isZero();
        }
        TestSessions.say(a.ring, 2);
        a.frames.dropAll();
        a.position.at(FRAME_NS, 0, 0);
        for (int i = 0; i < 5; i++) {
            batcher.doWork(FRAME_NS);
            lane.finishAll();
        }
        assertThat(a.frames.ring.available()).isEqualTo(2);
        assertThat(a.frames.ring.peek(0).epoch()).isEqualTo(1);
    }

    @Test
    void shouldGiveEveryFrameOfEverySessionOnceAndInOrderWhateverTheTiming() {
        Seeds.forEach(25, random -> {
            final ScriptedLane one = new ScriptedLane();
            final ScriptedLane two = new ScriptedLane();
            final FrameBatcher all = new FrameBatcher(LIMITS, List.of(one, two), 4);
            final List<Session> sessions = new ArrayList<>();
            final int count = 1 + random.nextInt(5);
            final int[] said = new int[count];
            final List<List<Long>> seen = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                final Session session = new Session(model, random.nextInt(400) * 1_000_000L, false, i);
                all.add(session.track);
                sessions.add(session);
                said[i] = 1 + random.nextInt(60);
                TestSessions.say(session.ring, said[i]);
                seen.add(new ArrayList<>());
            }
            long nowNs = 0;
            for (int step = 0; step < 4_000; step++) {
                all.doWork(nowNs);
                if (random.nextInt(3) == 0) {
                    (random.nextBoolean() ? one : two).finishOne();
                }
                final int i = random.nextInt(count);
                if (random.nextInt(3) == 0 && sessions.get(i).frames.ring.available() > 0) {
                    seen.get(i).add(sessions.get(i).frames.ring.peek(0).frameIndex());
                    sessions.get(i).frames.ring.drop();
                }
                nowNs += random.nextInt(4_000_000);
            }
            for (int step = 0; step < 400; step++) {
                all.doWork(nowNs += FRAME_NS);
                one.finishAll();
                two.finishAll();
                for (int i = 0; i < count; i++) {
                    while (sessions.get(i).frames.ring.available() > 0) {
                        seen.get(i).add(sessions.get(i).frames.ring.peek(0).frameIndex());
                        sessions.get(i).frames.ring.drop();
                    }
                }
            }
            for (int i = 0; i < count; i++) {
                final List<Long> expected = new ArrayList<>();
                for (long f = 0; f < said[i]; f++) {
                    expected.add(f);
                }
                assertThat(seen.get(i)).isEqualTo(expected);
                assertThat(sessions.get(i).track.inFlight()).isZero();
            }
        });
    }

    @Test
    void shouldEncodeAFirstWordBeforeSpeechOfThoseWhoSpeakAlready() {
        lane.room = 1;
        for (int i = 0; i < TestModel.BATCH + 1; i++) {
            TestSessions.say(session(100 * FRAME_NS, false).ring, 30);
        }
        final Session fresh = session(100 * FRAME_NS, true);
        fresh.position.at(FRAME_NS, 0, 0);
        TestSessions.say(fresh.ring, 1);

        batcher.doWork(0);

        assertThat(lane.inHand).singleElement().isInstanceOfSatisfying(SpeechBatch.class, speech -> {
            assertThat(speech.frames()).isEqualTo(1);
            assertThat(speech.rows()).isEqualTo(1);
        });
    }

    @Test
    void shouldDrawAFirstWordBeforeItEncodesForOthers() {
        lane.room = 1;
        final Session fresh = session(100 * FRAME_NS, true);
        fresh.position.at(100 * FRAME_NS, 0, 0);
        TestSessions.say(fresh.ring, 1);
        batcher.doWork(0);
        lane.finishAll();
        final Session speaks = session(100 * FRAME_NS, false);
        TestSessions.say(speaks.ring, 30);

        batcher.doWork(0);

        assertThat(lane.inHand).singleElement().isInstanceOf(RenderBatch.class);
        lane.finishAll();
        batcher.doWork(0);
        assertThat(lane.inHand).singleElement().isInstanceOf(SpeechBatch.class);
    }

    private Session session(long firstFrameNs, boolean idles) {
        final Session session = new Session(model, firstFrameNs, idles, 1);
        batcher.add(session.track);
        return session;
    }

    /** Lets the speech be encoded without any frame being due. */
    private void encode() {
        encode(batcher);
    }

    private void encode(FrameBatcher encoding) {
        for (int i = 0; i < 6; i++) {
            lane.holdRenders = true;
            encoding.doWork(Long.MIN_VALUE / 4);
            lane.finishSpeech();
            lane.holdRenders = false;
        }
        lane.renders.clear();
    }

    /** A session as the device thread sees it. */
    private static final class Session {
        final StillFrame still = TestSessions.still();
        final AudioRing ring = new AudioRing(1 << 20, System::nanoTime);
        final Frames frames = new Frames();
        final PlayPosition position = new PlayPosition();
        final SessionTrack track;

        Session(TestModel model, long firstFrameNs, boolean idles, long slot) {
            // Segment 1 is being played: its first frame is no first word any more.
            position.at(firstFrameNs, 1, 0);
            final Manifest.Encode encode = model.encode();
            track = new SessionTrack(
                    model,
                    encode,
                    TestModel.SIDE,
                    List.of(new AvatarFrame(slot, still, PatchPlace.at(0, 0))),
                    ring,
                    new AudioTimeline(ring, 16_000, 20),
                    frames.ring,
                    position,
                    new MediaCounters(),
                    new LifeGenerator(model.manifest().life(), 25, slot),
                    idles);
        }
    }

    private static final class Frames {
        final FrameRing ring = new FrameRing(12, 2, 2, 2);

        int pending() {
            return ring.pending();
        }

        void dropAll() {
            while (ring.available() > 0) {
                ring.drop();
            }
        }
    }

    /** An inference thread whose batches are done when the test says so. */
    private static final class ScriptedLane implements BatchQueue {
        final ArrayDeque<Batch> inHand = new ArrayDeque<>();
        final ArrayDeque<Batch> done = new ArrayDeque<>();
        final List<Integer> renders = new ArrayList<>();
        boolean holdRenders;
        int room = 4;
        final List<@Nullable StillFrame> rendered = new ArrayList<>();

        @Override
        public boolean hasRoom() {
            return inHand.size() + done.size() < room && !(holdRenders && renders.size() > 0);
        }

        @Override
        public void submit(Batch batch) {
            inHand.add(batch);
            if (batch instanceof RenderBatch render) {
                renders.add(render.rows());
                for (int row = 0; row < render.rows(); row++) {
                    rendered.add(render.still(row));
                }
            }
        }

        @Override
        public @Nullable Batch pollDone() {
            return done.poll();
        }

        void finishOne() {
            final Batch batch = inHand.poll();
            if (batch != null) {
                if (batch instanceof SpeechBatch speech) {
                    java.util.Arrays.fill(speech.features(), 0.5f);
                }
                done.add(batch);
            }
        }

        void finishAll() {
            while (!inHand.isEmpty()) {
                finishOne();
            }
        }

        void finishSpeech() {
            finishAll();
        }
    }
}
