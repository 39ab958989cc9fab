package dev.mouthpiece.bench;

import dev.mouthpiece.device.Compositor;
import dev.mouthpiece.device.HostCompositor;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.Rgb;
import dev.mouthpiece.device.StillFrame;
import java.nio.ByteBuffer;
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

/** What a picture costs between renderer and encoder. Eight patches and pictures take turns, as eight sessions do. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CompositeBenchmark {
    private static final int SESSIONS = 8;

    /** Frame and patch; of 320 in the usual frame there is an odd corner too, of the pattern's 576 only a part shows. */
    @Param({"368x560/256+56+120", "368x560/320+24+100", "368x560/320+23+101", "368x560/576+0+0", "720x1280/640+40+200"})
    public String size = "";

    private final Compositor compositor = new HostCompositor();
    private final I420Frame[] frames = new I420Frame[SESSIONS];
    private StillFrame still;
    private ByteBuffer patches;
    private int side;
    private int x;
    private int y;
    private int turn;

    @Setup
    public void open() {
        final String[] numbers = size.split("[x/+]", -1);
        final int width = Integer.parseInt(numbers[0]);
        final int height = Integer.parseInt(numbers[1]);
        side = Integer.parseInt(numbers[2]);
        x = Integer.parseInt(numbers[3]);
        y = Integer.parseInt(numbers[4]);
        still = new StillFrame(width, height, noise(Rgb.sizeBytes(width, height)));
        patches = noise(SESSIONS * Rgb.sizeBytes(side, side));
        for (int i = 0; i < SESSIONS; i++) {
            frames[i] = new I420Frame(width, height);
        }
    }

    private static ByteBuffer noise(int length) {
        final byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        return ByteBuffer.allocateDirect(length).put(0, bytes);
    }

    @Benchmark
    public I420Frame composite() {
        turn = (turn + 1) % SESSIONS;
        compositor.composite(still, patches, turn * Rgb.sizeBytes(side, side), side, x, y, frames[turn]);
        return frames[turn];
    }

    /** A whole picture without a patch: once an avatar. */
    @Benchmark
    public I420Frame toI420() {
        Rgb.toI420(still.rgb(), frames[0]);
        return frames[0];
    }
}
