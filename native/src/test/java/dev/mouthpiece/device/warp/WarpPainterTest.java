package dev.mouthpiece.device.warp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.mouthpiece.device.warp.WarpLayout.Inset;
import dev.mouthpiece.device.warp.WarpLayout.Light;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WarpPainterTest {
    private static final long SEED = new Random().nextLong();
    private static final int TRIALS = 60;

    @Test
    void shouldDrawWhatTheFormulaSaysWhenPicturesAreSmooth() {
        final Random random = new Random(SEED);
        for (int trial = 0; trial < TRIALS; trial++) {
            checkAgainstFormula(Warps.random(random, false, false), 2);
        }
    }

    /** Weights and places have 8 bits of fraction: between black and white that is seen. */
    @Test
    void shouldStayWithinThreeLevelsOfTheFormulaWhenPicturesAreNoise() {
        final Random random = new Random(SEED);
        for (int trial = 0; trial < TRIALS; trial++) {
            checkAgainstFormula(Warps.random(random, true, false), 3);
        }
    }

    /** Where a map leads only to the ground, nothing is sampled: the head must not lose an edge by it. */
    @Test
    void shouldStayWithinThreeLevelsOfTheFormulaWhenAHeadMovesBeforeTheGround() {
        final Random random = new Random(SEED);
        for (int trial = 0; trial < TRIALS; trial++) {
            checkAgainstFormula(
                    Warps.random(random, trial % 2 == 0, trial % 5 == 0).headOnly(), 3);
        }
    }

    @Test
    void shouldGiveThePortraitByteForByteWhenNothingMoves() {
        final Random random = new Random(SEED);
        for (int trial = 0; trial < TRIALS; trial++) {
            final Warps warps = Warps.random(random, trial % 2 == 0, true);
            final ByteBuffer out = paint(warps);
            for (int i = 0; i < 3 * warps.side * warps.side; i++) {
                final int plane = warps.side * warps.side;
                final int at = i % plane;
                final double wanted = warps.expected(at % warps.side, at / warps.side, i / plane);
                assertThat(out.get(i) & 0xff)
                        .as("seed %d, trial %d, byte %d", SEED, trial, i)
                        .isEqualTo((int) (wanted + 0.01));
            }
        }
    }

    @Test
    void shouldRepeatTheEdgeWhenAMapLeadsFarOutside() {
        final Warps warps = Warps.random(new Random(SEED), true, true);
        Arrays.fill(warps.warp, 0, warps.layout.lightAt(), 1e6f);

        checkAgainstFormula(warps, 2);
    }

    @Test
    void shouldCutPaintThatIsNoLevel() {
        final Light light = new Light(0, 0, 4, 4, 2, 2);
        final WarpLayout layout = new WarpLayout(4, 2, light, List.of(new Inset(2, 4, true, false)));
        final float[] warp = new float[layout.floats()];
        warp[layout.insetAt(0) + 2] = 1;
        for (int i = 0; i < 8; i++) {
            warp[layout.insetAt(0) + 3 + 2 * 8 + i] = -300;
            warp[layout.insetAt(0) + 3 + 3 * 8 + i] = 700;
            warp[layout.insetAt(0) + 3 + 5 * 8 + i] = 1;
        }
        final WarpTexture texture = WarpTexture.of(4, FloatBuffer.allocate(64), FloatBuffer.allocate(48));
        final ByteBuffer out = ByteBuffer.allocate(48);

        new WarpPainter(layout).paint(FloatBuffer.wrap(warp), 0, texture, out, 0);

        assertThat(out.get(0) & 0xff).isZero();
        assertThat(out.get(16) & 0xff).isEqualTo(255);
    }

    @Test
    void shouldDrawEachWarpAsIfAloneWhenOthersWereDrawnBefore() {
        final Random random = new Random(SEED);
        final Warps warps = Warps.random(random, true, false);
        final ByteBuffer alone = paint(warps);

        final WarpPainter painter = new WarpPainter(warps.layout);
        final float[] two = Arrays.copyOf(warps.warp, 2 * warps.warp.length);
        System.arraycopy(warps.warp, 0, two, warps.warp.length, warps.warp.length);
        for (int i = 0; i < warps.layout.lightAt(); i++) {
            two[i] = random.nextFloat();
        }
        final int bytes = alone.capacity();
        final ByteBuffer both = ByteBuffer.allocate(2 * bytes);
        painter.paint(FloatBuffer.wrap(two), 0, warps.packed(), both, 0);
        painter.paint(FloatBuffer.wrap(two), warps.warp.length, warps.packed(), both, bytes);

        assertThat(both.slice(bytes, bytes)).as("seed %d", SEED).isEqualTo(alone);
    }

    @Test
    void shouldRefuseTextureOfAnotherSize() {
        final Light light = new Light(0, 0, 8, 8, 2, 2);
        final WarpPainter painter = new WarpPainter(new WarpLayout(16, 4, light, List.of()));
        final WarpTexture texture = WarpTexture.of(8, FloatBuffer.allocate(4 * 64), FloatBuffer.allocate(3 * 64));

        assertThatThrownBy(() -> painter.paint(FloatBuffer.allocate(100), 0, texture, ByteBuffer.allocate(3 * 256), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16");
    }

    @Test
    void shouldRefuseBoxesThatDoNotFit() {
        final Light light = new Light(0, 0, 8, 8, 2, 2);

        assertThatThrownBy(() -> new WarpLayout(16, 4, new Light(10, 0, 8, 8, 2, 2), List.of()))
                .hasMessageContaining("16 pixels");
        assertThatThrownBy(() -> new WarpLayout(16, 4, light, List.of(new Inset(17, 2, true, true))))
                .hasMessageContaining("1 to 16");
        assertThatThrownBy(() -> new WarpLayout(16, 17, light, List.of())).hasMessageContaining("lattice=17");
    }

    @Test
    void shouldAllocateNothingWhenWarm() {
        final Warps warps = Warps.random(new Random(1), true, false);
        final WarpPainter painter = new WarpPainter(warps.layout);
        final WarpTexture texture = warps.packed();
        final FloatBuffer warp = FloatBuffer.wrap(warps.warp);
        final ByteBuffer out = ByteBuffer.allocateDirect(3 * warps.side * warps.side);
        final var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 3_000; i++) {
            painter.paint(warp, 0, texture, out, 0);
        }

        final long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 500; i++) {
            painter.paint(warp, 0, texture, out, 0);
        }

        // The measuring call itself may allocate a little.
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1000);
    }

    private static ByteBuffer paint(Warps warps) {
        final ByteBuffer out = ByteBuffer.allocate(3 * warps.side * warps.side);
        new WarpPainter(warps.layout).paint(FloatBuffer.wrap(warps.warp), 0, warps.packed(), out, 0);
        return out;
    }

    private static void checkAgainstFormula(Warps warps, double tolerance) {
        final ByteBuffer out = paint(warps);
        final int plane = warps.side * warps.side;
        for (int i = 0; i < 3 * plane; i++) {
            final double wanted =
                    Math.min(warps.expected(i % plane % warps.side, i % plane / warps.side, i / plane) - 0.5, 255);
            assertThat((double) (out.get(i) & 0xff))
                    .as("seed %d, side %d, byte %d", SEED, warps.side, i)
                    .isBetween(wanted - tolerance, wanted + tolerance);
        }
    }
}
