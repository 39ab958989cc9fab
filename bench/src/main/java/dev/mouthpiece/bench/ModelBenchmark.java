package dev.mouthpiece.bench;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.LipSyncModel.Identity;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.model.load.Portrait;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What the calls into the engine cost and allocate, with the shipped puppet on one thread. Times are per call. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Dai.djl.offline=true"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 4, time = 1)
public class ModelBenchmark {
    /** Eight rows of speech. */
    @State(Scope.Thread)
    public static class Encoding {
        @Param({"1", "2", "5"})
        public int frames;

        private LipSyncModel model;
        private SpeechEncoder encoder;

        @Setup
        public void open() {
            model = Models.open(ModelCatalog.standard().open("puppet"), DeviceKind.CPU);
            encoder = model.newEncoder();
            final Random random = new Random(1);
            for (int i = 0; i < encoder.input(frames).capacity(); i++) {
                encoder.input(frames).put(i, (float) random.nextGaussian() / 10);
            }
        }

        @TearDown
        public void close() {
            encoder.close();
            model.close();
        }
    }

    /** Rows of one avatar among eight. */
    @State(Scope.Thread)
    public static class Rendering {
        @Param({"256", "320"})
        public int patch;

        @Param({"1", "2", "4", "8"})
        public int rows;

        private final Identity[] avatars = new Identity[8];
        private LipSyncModel model;
        private PatchRenderer renderer;

        @Setup
        public void open() {
            final ModelPackage files = ModelCatalog.standard().open("puppet");
            model = Models.open(files, DeviceKind.CPU);
            final Portrait portrait = Portrait.ofGolden(files).resized(patch);
            for (int i = 0; i < avatars.length; i++) {
                avatars[i] = portrait.prepare(model);
            }
            renderer = model.newRenderer(patch);
            for (int row = 0; row < rows; row++) {
                renderer.slots(rows).put(row, avatars[row].slot());
                renderer.features(rows).put(row * 8, 0.4f);
            }
        }

        @TearDown
        public void close() {
            renderer.close();
            for (Identity avatar : avatars) {
                avatar.close();
            }
            model.close();
        }
    }

    @Benchmark
    public FloatBuffer encode(Encoding state) {
        return state.encoder.run(state.frames);
    }

    @Benchmark
    public ByteBuffer render(Rendering state) {
        return state.renderer.run(state.rows);
    }
}
