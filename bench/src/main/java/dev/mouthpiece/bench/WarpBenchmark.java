package dev.mouthpiece.bench;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.warp.WarpLayout;
import dev.mouthpiece.device.warp.WarpPainter;
import dev.mouthpiece.device.warp.WarpTexture;
import dev.mouthpiece.model.Manifest.Patch;
import dev.mouthpiece.model.Manifest.Warp;
import dev.mouthpiece.model.ModelCatalog;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Drawing one warp of puppet's layout: what the CPU does in place of the renderer's last step. Eight avatars take turns. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class WarpBenchmark {
    private static final int AVATARS = 8;
    /** A head of this radius, as a share of the patch, before a ground of which nothing covers the rest. */
    private static final double HEAD = 0.45;

    @Param({"256", "320", "640"})
    public int side;

    private final WarpTexture[] textures = new WarpTexture[AVATARS];
    private WarpPainter painter;
    private FloatBuffer warp;
    private ByteBuffer out;
    private int turn;

    @Setup
    public void open() {
        final Patch patch = ModelCatalog.standard().open("puppet").manifest().requireRender().patches().stream()
                .filter(known -> known.size() == side)
                .findFirst()
                .orElseThrow();
        final Warp described = Objects.requireNonNull(patch.warp(DeviceKind.CPU));
        final WarpLayout layout = described.layout();
        painter = new WarpPainter(layout);
        warp = FloatBuffer.wrap(nearlyStill(layout));
        out = ByteBuffer.allocateDirect(3 * side * side);
        for (int i = 0; i < AVATARS; i++) {
            textures[i] = texture(new Random(i));
        }
    }

    private static float[] nearlyStill(WarpLayout layout) {
        final float[] values = new float[layout.floats()];
        final int nodes = layout.lattice();
        for (int y = 0; y < nodes; y++) {
            for (int x = 0; x < nodes; x++) {
                values[y * nodes + x] = (float) (2.0 * x / (nodes - 1) - 1 + 0.01 * Math.sin(y * 0.2));
                values[(nodes + y) * nodes + x] = (float) (2.0 * y / (nodes - 1) - 1 + 0.01 * Math.sin(x * 0.2));
            }
        }
        return values;
    }

    private WarpTexture texture(Random random) {
        final float[] texels = new float[4 * side * side];
        final float[] ground = new float[3 * side * side];
        for (int i = 0; i < side * side; i++) {
            final boolean head = Math.hypot(i % side - side / 2.0, Math.floorDiv(i, side) - side / 2.0) < HEAD * side;
            for (int channel = 0; channel < 3; channel++) {
                texels[4 * i + channel] = head ? random.nextInt(256) + 0.5f : 0.5f;
                ground[channel * side * side + i] = random.nextInt(256);
            }
            texels[4 * i + 3] = head ? 0 : 1;
        }
        return WarpTexture.of(side, FloatBuffer.wrap(texels), FloatBuffer.wrap(ground));
    }

    @Benchmark
    public ByteBuffer paint() {
        turn = (turn + 1) % AVATARS;
        painter.paint(warp, 0, textures[turn], out, 0);
        return out;
    }
}
