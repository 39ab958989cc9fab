package dev.mouthpiece.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HostCompositorTest extends CompositorContract {
    HostCompositorTest() {
        super(new HostCompositor());
    }

    @Test
    void shouldRoundAsWrittenWhenLumaIsOfEveryColourOfACoarseCube() {
        for (int colour = 0; colour < 52 * 52 * 52; colour++) {
            final int r = colour % 52 * 5;
            final int g = colour / 52 % 52 * 5;
            final int b = colour / 2704 * 5;
            final double exact = 16 + 219 / 255.0 * (0.299 * r + 0.587 * g + 0.114 * b);
            assertThat(Math.abs(Bt601.y(r, g, b) - exact)).isLessThan(0.503);
        }
    }

    @Test
    void shouldGiveSameBytesWhenSeveralThreadsCompositeAtOnce() {
        final Compositor compositor = new HostCompositor();
        final byte[] picture = new byte[3 * 120 * 90];
        new Random(11).nextBytes(picture);
        final StillFrame still = new StillFrame(
                120, 90, ByteBuffer.allocateDirect(picture.length).put(0, picture));
        final ByteBuffer patch = ByteBuffer.allocateDirect(3 * 64 * 64).put(0, picture, 0, 3 * 64 * 64);
        final I420Frame expected = new I420Frame(120, 90);
        compositor.composite(still, patch, 0, 64, 21, 13, expected);

        final var tasks = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {
                    final I420Frame out = new I420Frame(120, 90);
                    for (int call = 0; call < 200; call++) {
                        compositor.composite(still, patch, 0, 64, call % 50, call % 7, out);
                    }
                    compositor.composite(still, patch, 0, 64, 21, 13, out);
                    assertThat(out.data()).isEqualTo(expected.data());
                }))
                .toArray(CompletableFuture<?>[]::new);

        CompletableFuture.allOf(tasks).join();
    }

    @Test
    void shouldAllocateNothingWhenWarm() {
        final Compositor compositor = new HostCompositor();
        final StillFrame still = new StillFrame(64, 64, ByteBuffer.allocateDirect(3 * 64 * 64));
        final ByteBuffer patch = ByteBuffer.allocateDirect(3 * 33 * 33);
        final I420Frame out = new I420Frame(64, 64);
        final var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 20_000; i++) {
            compositor.composite(still, patch, 0, 33, 7, 9, out);
        }

        final long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) {
            compositor.composite(still, patch, 0, 33, 7, 9, out);
        }

        // The measuring call itself may allocate a little.
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1000);
    }
}
