package dev.mouthpiece.bench;

import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.audio.RingMemory;
import dev.mouthpiece.worker.media.audio.Segment;
import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Speech between the callback, the device thread and the pacer. */
public class AudioRingStress {
    private AudioRingStress() {}

    /**
     * The callback interrupts and speaks anew while the device thread drains. r1: samples of the first segment that the
     * device thread took in; r2: epoch of the newest segment, -1 for none.
     */
    @JCStressTest
    @Outcome(
            id = {"0, -1", "0, 0", "4, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "drained before the interruption")
    @Outcome(
            id = {"0, 1", "4, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "the new segment has the new epoch")
    @Outcome(expect = Expect.FORBIDDEN, desc = "speech of the old epoch under the new, or torn")
    @State
    public static class InterruptionSeparatesSegments {
        private final AudioRing ring = new AudioRing(1 << 18, System::nanoTime);
        private final AudioTimeline timeline = new AudioTimeline(ring, 16_000, 1);

        @Actor
        public void callback() {
            ring.start(new PcmFormat(16_000, 1));
            ring.write(ByteBuffer.allocate(8));
            ring.clear();
            ring.start(new PcmFormat(16_000, 1));
        }

        @Actor
        public void device(II_Result r) {
            for (int i = 0; i < 4; i++) {
                timeline.drain(true);
            }
            final long opened = timeline.segmentsOpened();
            r.r1 = opened == 0 ? 0 : (int) timeline.segment(1).earsSamples();
            r.r2 = opened == 0 ? -1 : (int) timeline.segment(opened).epoch();
        }
    }

    /** What the pacer finds counted in a segment can be read. r1: samples counted; r2: their last byte. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "nothing counted yet")
    @Outcome(id = "4, 8", expect = Expect.ACCEPTABLE, desc = "counted and there")
    @Outcome(expect = Expect.FORBIDDEN, desc = "counted before it was there")
    @State
    public static class CountedSpeechIsThere {
        private final AudioRing ring = new AudioRing(1 << 18, System::nanoTime);
        private final AudioTimeline timeline = new AudioTimeline(ring, 16_000, 1);

        public CountedSpeechIsThere() {
            ring.start(new PcmFormat(16_000, 1));
            timeline.drain(true);
            ring.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
        }

        @Actor
        public void device() {
            timeline.drain(true);
        }

        @Actor
        public void pacer(II_Result r) {
            final Segment segment = timeline.segment(1);
            final int samples = (int) segment.earsSamples();
            r.r1 = samples;
            if (samples > 0) {
                final ByteBuffer bytes = ByteBuffer.allocate(samples * 2);
                timeline.ears().read(segment.earsPosition(0), bytes, samples * 2);
                r.r2 = bytes.get(samples * 2 - 1);
            }
        }
    }

    /**
     * The callback speaks while the device thread closes the ring and another session takes its memory. r1: segments that the other session finds in its ring;
     * r2: whether what was spoken was taken or swallowed.
     */
    @JCStressTest
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "nothing reaches the other session")
    @Outcome(expect = Expect.FORBIDDEN, desc = "one session's speech in another's ring")
    @State
    public static class MemoryIsNotGivenBackUnderTheWriter {
        private final RingMemory memory = new RingMemory(1 << 18);
        private final AudioRing ring = new AudioRing(memory, System::nanoTime);
        private AudioTimeline other = new AudioTimeline(ring, 16_000, 1);

        @Actor
        public void callback(II_Result r) {
            r.r2 = ring.start(new PcmFormat(16_000, 1)) ? 1 : 0;
        }

        @Actor
        public void device() {
            ring.close();
            other = new AudioTimeline(new AudioRing(memory, System::nanoTime), 16_000, 1);
        }

        @Arbiter
        public void later(II_Result r) {
            other.drain(true);
            r.r1 = (int) other.segmentsOpened();
        }
    }
}
