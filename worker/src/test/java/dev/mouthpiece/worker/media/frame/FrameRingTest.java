package dev.mouthpiece.worker.media.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.media.Seeds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameRingTest {
    @Test
    void shouldShowEachFrameOnceInTheOrderOfReservationWhateverTheOrderOfCompletion() {
        Seeds.forEach(40, random -> {
            final FrameRing ring = new FrameRing(2 + random.nextInt(8), 2, 2, 1);
            final List<FrameSlot> open = new ArrayList<>();
            FrameSlot spare = ring.newSpare();
            long reserved = 0;
            long seen = 0;
            for (int step = 0; step < 2_000; step++) {
                switch (random.nextInt(3)) {
                    case 0 -> {
                        final boolean full = reserved - seen == ring.capacity();
                        final FrameSlot slot = ring.reserve(0, 1, reserved, Long.MAX_VALUE);
                        assertThat(slot == null).isEqualTo(full);
                        if (slot != null) {
                            open.add(slot);
                            reserved++;
                        }
                    }
                    case 1 -> {
                        if (!open.isEmpty()) {
                            ring.complete(open.remove(random.nextInt(open.size())), 0);
                        }
                    }
                    default -> {
                        if (ring.available() > 0) {
                            assertThat(ring.peek(0).frameIndex()).isEqualTo(seen);
                            if (random.nextBoolean()) {
                                final FrameSlot taken = ring.take(spare);
                                assertThat(taken.frameIndex()).isEqualTo(seen);
                                spare = taken;
                            } else {
                                ring.drop();
                            }
                            seen++;
                        }
                    }
                }
                assertThat(ring.pending()).isEqualTo((int) (reserved - seen));
            }
        });
    }

    @Test
    void shouldNotReuseTheTakenFrameWhileItIsShown() {
        final FrameRing ring = new FrameRing(2, 2, 2, 1);
        complete(ring, 0);
        final FrameSlot shown = ring.take(ring.newSpare());

        for (int i = 1; i < 6; i++) {
            assertThat(complete(ring, i)).isNotSameAs(shown);
            ring.drop();
        }
        assertThat(shown.frameIndex()).isZero();
    }

    private static FrameSlot complete(FrameRing ring, long frame) {
        final FrameSlot slot = ring.reserve(0, 1, frame, Long.MAX_VALUE);
        assertThat(slot).isNotNull();
        if (slot == null) {
            throw new AssertionError();
        }
        ring.complete(slot, 0);
        return slot;
    }
}
