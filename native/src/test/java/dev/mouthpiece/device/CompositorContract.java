package dev.mouthpiece.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every compositor does, on whatever device. A subclass brings one. */
public abstract class CompositorContract {
    /** Rounding to the nearest, and the little that coefficients of 16 bits are off. */
    private static final double TOLERANCE = 0.505;

    /** Bilinear weights of 8 bits, and of the mix with the frame: a level each, before rounding to Y, U and V. */
    private static final double BLEND_TOLERANCE = 2.5;

    private static final int RANDOM_CASES = 300;

    private final Compositor compositor;

    protected CompositorContract(Compositor compositor) {
        this.compositor = compositor;
    }

    @AfterEach
    void close() throws Exception {
        if (compositor instanceof AutoCloseable closeable) {
            closeable.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "64, 48, 16, 8, 8", // even everything
        "64, 48, 16, 7, 9", // blocks straddle all four edges
        "64, 48, 15, 8, 8", // odd side
        "63, 47, 16, 50, 33", // odd frame, patch in its corner, reaching beyond
        "63, 47, 16, -5, -3", // sticks out at the left and the top
        "63, 47, 80, -9, -11", // covers everything
        "63, 47, 1, 62, 46", // a single pixel in the odd corner
        "1, 1, 4, -1, -2", // a frame of one block with one pixel
        "2, 33, 6, 1, 30",
        "368, 560, 320, 23, 101"
    })
    void shouldMatchReferenceWhenPatchLiesAnywhere(int width, int height, int side, int x, int y) {
        check(new Random(1), width, height, side, x, y);
    }

    @Test
    void shouldMatchReferenceWhenSizesAndPlacesAreRandom() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < RANDOM_CASES; i++) {
            final int width = 1 + random.nextInt(40);
            final int height = 1 + random.nextInt(40);
            final int side = 1 + random.nextInt(50);
            final int x = random.nextInt(100) - 55;
            final int y = random.nextInt(100) - 55;
            try {
                check(random, width, height, side, x, y);
            } catch (AssertionError e) {
                throw new AssertionError("seed=" + seed + " case=" + i, e);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"64, 0", "-16, 0", "0, 48", "0, -16", "2147483647, 2147483647", "-2147483648, -2147483648"})
    void shouldShowStillWhenPatchLiesOutside(int x, int y) {
        final Random random = new Random(2);
        final StillFrame still = still(random, 64, 48);
        final I420Frame out = new I420Frame(64, 48);

        compositor.composite(still, bytes(random, 3 * 16 * 16), 0, 16, x, y, out);

        assertThat(out.data()).isEqualTo(still.i420().data());
    }

    @Test
    void shouldShowStillWhenPatchEqualsIt() {
        final Random random = new Random(3);
        final StillFrame still = still(random, 31, 33);
        final ByteBuffer patch = ByteBuffer.allocateDirect(3 * 9 * 9);
        for (int i = 0; i < patch.capacity(); i++) {
            final int pixel = (5 + i / 9 % 9) * 31 + 3 + i % 9;
            patch.put(i, still.rgb().get(3 * pixel + i / 81));
        }
        final I420Frame out = new I420Frame(31, 33);

        compositor.composite(still, patch, 0, 9, 3, 5, out);

        assertThat(out.data()).isEqualTo(still.i420().data());
    }

    @Test
    void shouldKeepGreysFreeOfColour() {
        final StillFrame still = new StillFrame(16, 16, ByteBuffer.allocateDirect(16 * 16 * 3));
        final ByteBuffer patch = ByteBuffer.allocateDirect(3 * 16 * 16);
        for (int i = 0; i < patch.capacity(); i++) {
            patch.put(i, (byte) (i % 256));
        }
        final I420Frame out = new I420Frame(16, 16);

        compositor.composite(still, patch, 0, 16, 0, 0, out);

        for (int i = out.lumaBytes(); i < out.data().capacity(); i++) {
            assertThat(out.data().get(i)).isEqualTo((byte) 128);
        }
        assertThat(out.data().get(0)).isEqualTo((byte) 16);
        assertThat(out.data().get(255)).isEqualTo((byte) 235);
    }

    @Test
    void shouldLeaveNothingOfTheFrameBeforeWhenFrameIsReused() {
        final Random random = new Random(4);
        final I420Frame out = new I420Frame(20, 20);
        compositor.composite(still(random, 20, 20), bytes(random, 3 * 20 * 20), 0, 20, 0, 0, out);

        final StillFrame still = still(random, 20, 20);
        final ByteBuffer patch = bytes(random, 3 * 4 * 4);
        compositor.composite(still, patch, 0, 4, 8, 8, out);

        assertMatches(new ReferenceCompositor(still, patch, 0, 4, 8, 8), out);
    }

    @Test
    void shouldGoOnWithNarrowPatchWhenWideOneCameBefore() {
        check(new Random(5), 100, 20, 90, 3, 3);
        check(new Random(6), 100, 20, 5, 91, 3);
        check(new Random(7), 200, 20, 160, 13, -70);
    }

    @Test
    void shouldRefuseWhenFramesDifferInSize() {
        final StillFrame still = still(new Random(8), 16, 16);

        assertThatThrownBy(() ->
                        compositor.composite(still, ByteBuffer.allocateDirect(48), 0, 4, 0, 0, new I420Frame(16, 18)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("still 16x16, out 16x18");
    }

    @Test
    void shouldRefuseWhenPatchReachesBeyondItsBuffer() {
        final StillFrame still = still(new Random(9), 16, 16);
        final ByteBuffer patch = ByteBuffer.allocateDirect(3 * 4 * 4);

        assertThatThrownBy(() -> compositor.composite(still, patch, 1, 4, 0, 0, new I420Frame(16, 16)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldShowThePatchPixelByPixelWhenItsPlaceIsTheIdentity() {
        final Random random = new Random(10);
        final StillFrame still = still(random, 37, 29);
        final ByteBuffer patch = bytes(random, 3 * 12 * 12);
        final I420Frame out = new I420Frame(37, 29);

        compositor.blend(still, patch, 0, 12, PatchPlace.scaled(9, 5, 12, 12, 12, 0), 1, out);

        assertMatches(new ReferenceCompositor(still, patch, 0, 12, 9, 5), out);
    }

    @Test
    void shouldShowTheStillWhenThePatchIsTransparent() {
        final Random random = new Random(11);
        final StillFrame still = still(random, 37, 29);
        final I420Frame out = new I420Frame(37, 29);

        compositor.blend(still, bytes(random, 3 * 12 * 12), 0, 12, PatchPlace.scaled(3, 2, 30, 20, 12, 1), 0, out);

        assertThat(out.data()).isEqualTo(still.i420().data());
    }

    @ParameterizedTest
    @CsvSource({
        "64, 48, 96, 10, 6, 40, 30, 0, 1", // shrunk
        "64, 48, 16, 10, 6, 40, 37, 3, 1", // enlarged, soft border
        "63, 47, 20, -9.5, -7.25, 50, 60, 2, 0.4", // sticks out, half transparent
        "63, 47, 20, 50.7, 30.1, 30, 30, 1, 1", // beyond the odd corner
        "40, 40, 1, 3, 3, 30, 30, 0, 0.7" // a patch of one pixel
    })
    void shouldMatchReferenceWhenThePatchIsScaledIntoABox(
            int width,
            int height,
            int side,
            double left,
            double top,
            double boxWidth,
            double boxHeight,
            double feather,
            float opacity) {
        final Random random = new Random(12);
        final PatchPlace place = PatchPlace.scaled(left, top, boxWidth, boxHeight, side, feather);

        checkBlend(random, width, height, side, place, opacity);
    }

    @Test
    void shouldMatchReferenceWhenThePatchIsTurned() {
        final float c = (float) (Math.cos(0.4) * 0.7);
        final float s = (float) (Math.sin(0.4) * 0.7);

        checkBlend(new Random(13), 71, 53, 24, PatchPlace.mapped(c, s, -22, -s, c, 4, 2), 0.8f);
    }

    private void checkBlend(Random random, int width, int height, int side, PatchPlace place, float opacity) {
        // Smooth, as pictures are: in noise the last bit of a coordinate would show.
        final ByteBuffer patch = ByteBuffer.allocateDirect(3 * side * side);
        for (int i = 0; i < patch.capacity(); i++) {
            final double column = i % side / (double) side;
            final double row = i / side % side / (double) side;
            final int channel = i / (side * side);
            patch.put(i, (byte) (127 + 120 * Math.sin(2.5 * column + 1.5 * row + channel)));
        }
        final StillFrame still = still(random, width, height);
        final I420Frame out = new I420Frame(width, height);

        compositor.blend(still, patch, 0, side, place, opacity, out);

        assertMatches(new ReferenceCompositor(still, patch, side, place, opacity), out, BLEND_TOLERANCE);
    }

    private void check(Random random, int width, int height, int side, int x, int y) {
        final StillFrame still = still(random, width, height);
        // The patch is one row of a batch: bytes of its neighbours lie before and behind it.
        final int offset = 3 * side * side;
        final ByteBuffer batch = bytes(random, 3 * offset);
        final I420Frame out = new I420Frame(width, height);

        compositor.composite(still, batch, offset, side, x, y, out);

        assertMatches(new ReferenceCompositor(still, batch, offset, side, x, y), out);
    }

    private static void assertMatches(ReferenceCompositor expected, I420Frame actual) {
        assertMatches(expected, actual, TOLERANCE);
    }

    private static void assertMatches(ReferenceCompositor expected, I420Frame actual, double tolerance) {
        for (int row = 0; row < actual.height(); row++) {
            for (int column = 0; column < actual.width(); column++) {
                assertLevel(
                        "Y", column, row, actual, row * actual.width() + column, expected.luma(column, row), tolerance);
            }
        }
        for (int row = 0; row < actual.chromaHeight(); row++) {
            for (int column = 0; column < actual.chromaWidth(); column++) {
                final int index = row * actual.chromaWidth() + column;
                assertLevel("U", column, row, actual, actual.lumaBytes() + index, expected.u(column, row), tolerance);
                assertLevel("V", column, row, actual, actual.vOffset() + index, expected.v(column, row), tolerance);
            }
        }
    }

    private static void assertLevel(
            String plane, int column, int row, I420Frame frame, int index, double expected, double tolerance) {
        final int actual = frame.data().get(index) & 0xff;
        if (Math.abs(actual - expected) > tolerance) {
            throw new AssertionError("%s at column %d, row %d of %dx%d: expected %.3f, was %d"
                    .formatted(plane, column, row, frame.width(), frame.height(), expected, actual));
        }
    }

    private static StillFrame still(Random random, int width, int height) {
        return new StillFrame(width, height, bytes(random, 3 * width * height));
    }

    private static ByteBuffer bytes(Random random, int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ByteBuffer.allocateDirect(length).put(0, bytes);
    }
}
