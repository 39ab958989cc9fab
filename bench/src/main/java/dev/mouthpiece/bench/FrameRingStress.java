package dev.mouthpiece.bench;

import dev.mouthpiece.worker.media.frame.FrameRing;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The hand-over of a picture: what the consumer finds published is whole, and a taken slot is not written again. */
public class FrameRingStress {
    private FrameRingStress() {}

    /** r1: what the consumer saw of the picture and its features; r2: the slot's frame index. */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "nothing was published yet")
    @Outcome(id = "7, 42", expect = Expect.ACCEPTABLE, desc = "the whole picture")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a picture that was not whole")
    @State
    public static class PublishedPictureIsWhole {
        private final FrameRing ring = new FrameRing(2, 2, 2, 1);

        @Actor
        public void producer() {
            final FrameSlot slot = ring.reserve(0, 1, 42, Long.MAX_VALUE);
            if (slot != null) {
                slot.picture().data().put(0, (byte) 3);
                slot.features()[0] = 4;
                ring.complete(slot, 0);
            }
        }

        @Actor
        public void consumer(II_Result r) {
            if (ring.available() == 0) {
                r.r1 = -1;
                r.r2 = -1;
                return;
            }
            final FrameSlot slot = ring.peek(0);
            r.r1 = slot.picture().data().get(0) + (int) slot.features()[0];
            r.r2 = (int) slot.frameIndex();
        }
    }

    /** r1: what the consumer sees in the slot that it took; r2: whether the producer got the spare's place. */
    @JCStressTest
    @Outcome(id = "5, 0", expect = Expect.ACCEPTABLE, desc = "the ring was still full for the producer")
    @Outcome(id = "5, 1", expect = Expect.ACCEPTABLE, desc = "the producer wrote the spare")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the producer wrote what is shown, or skipped the spare")
    @State
    public static class TakenPictureIsLeftAlone {
        private final FrameRing ring = new FrameRing(2, 2, 2, 1);
        private final FrameSlot spare = ring.newSpare();

        public TakenPictureIsLeftAlone() {
            for (int i = 0; i < 2; i++) {
                final FrameSlot slot = ring.reserve(0, 1, i, Long.MAX_VALUE);
                if (slot != null) {
                    slot.picture().data().put(0, (byte) 5);
                    ring.complete(slot, 0);
                }
            }
        }

        @Actor
        public void consumer(II_Result r) {
            final FrameSlot shown = ring.take(spare);
            r.r1 = shown.picture().data().get(0);
        }

        @Actor
        public void producer(II_Result r) {
            final FrameSlot slot = ring.reserve(0, 1, 2, Long.MAX_VALUE);
            if (slot == null) {
                r.r2 = 0;
                return;
            }
            slot.picture().data().put(0, (byte) 9);
            r.r2 = slot == spare ? 1 : 2;
        }
    }
}
