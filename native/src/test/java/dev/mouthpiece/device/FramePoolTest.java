package dev.mouthpiece.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import org.junit.jupiter.api.Test;

class FramePoolTest {
    @Test
    void shouldGiveEachFrameOnceWhenAllAreAcquired() {
        final FramePool pool = new FramePool(3, 16, 8);
        final Set<I420Frame> frames = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 3; i++) {
            frames.add(acquire(pool));
        }

        assertThat(frames).hasSize(3);
        assertThat(pool.acquire()).isNull();
        assertThat(pool.heldCount()).isEqualTo(3);
    }

    @Test
    void shouldGiveFrameAgainWhenItWasReleased() {
        final FramePool pool = new FramePool(1, 16, 8);
        for (int i = 0; i < 10; i++) {
            final I420Frame frame = acquire(pool);
            assertThat(pool.acquire()).isNull();
            pool.release(frame);
        }

        assertThat(pool.heldCount()).isZero();
    }

    @Test
    void shouldRefuseWhenFrameIsReleasedTwice() {
        final FramePool pool = new FramePool(2, 16, 8);
        final I420Frame frame = acquire(pool);
        pool.release(frame);

        assertThatThrownBy(() -> pool.release(frame))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("released twice");
    }

    @Test
    void shouldRefuseWhenFrameIsForeign() {
        final FramePool pool = new FramePool(2, 16, 8);
        final FramePool other = new FramePool(2, 16, 8);

        assertThatThrownBy(() -> pool.release(acquire(other))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.release(new I420Frame(16, 8))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldRefuseWhenCapacityIsOutOfRange() {
        assertThatThrownBy(() -> new FramePool(0, 16, 8)).hasMessageContaining("capacity=0");
        assertThatThrownBy(() -> new FramePool(4097, 16, 8)).hasMessageContaining("capacity=4097");
    }

    @Test
    void shouldKeepFramesApartWhenOthersRelease() throws InterruptedException {
        final FramePool pool = new FramePool(5, 8, 8);
        final var handedOver = new ArrayBlockingQueue<I420Frame>(5);
        final List<Thread> releasers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            releasers.add(Thread.ofPlatform().start(() -> releaseUntilInterrupted(pool, handedOver)));
        }

        int acquired = 0;
        while (acquired < 30_000) {
            final I420Frame frame = pool.acquire();
            if (frame == null) {
                Thread.onSpinWait();
            } else {
                // Taken by nobody else: the mark of the one before is wiped at its release.
                assertThat(frame.data().get(0)).isNotEqualTo((byte) 1);
                frame.data().put(0, (byte) 1);
                handedOver.put(frame);
                acquired++;
            }
        }
        while (pool.heldCount() > 0) {
            Thread.onSpinWait();
        }
        for (Thread releaser : releasers) {
            releaser.interrupt();
            releaser.join();
        }

        assertThat(handedOver).isEmpty();
    }

    private static void releaseUntilInterrupted(FramePool pool, ArrayBlockingQueue<I420Frame> handedOver) {
        try {
            while (true) {
                final I420Frame frame = handedOver.take();
                frame.data().put(0, (byte) 0);
                pool.release(frame);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static I420Frame acquire(FramePool pool) {
        return Objects.requireNonNull(pool.acquire());
    }
}
