package dev.mouthpiece.worker.media;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model whose answers can be foretold: feature 0 of a frame is the mean of the frame's own samples, feature 1 the mean
 * of its window's; the patch shows feature 0 as red, the slot as green and the blink as blue.
 */
public final class TestModel implements LipSyncModel {
    public static final int SIDE = 16;
    public static final int CONTEXT = 1600;
    public static final int LOOKAHEAD = 1200;
    public static final int SAMPLES_PER_FRAME = 640;
    public static final int BATCH = 4;

    /** A row with this slot makes {@link PatchRenderer#run} throw. */
    public static final long POISON = 13;

    private final Manifest manifest;

    public TestModel() {
        this("live", "blink");
    }

    private TestModel(String idle, String life) {
        this.manifest = manifest(idle, life);
    }

    /** One that idles on prepared frames. */
    public static TestModel withLoop() {
        return new TestModel("loop", "talk");
    }

    private static Manifest manifest(String idle, String life) {
        return new Manifest(
                "test",
                "1",
                "A model for tests.",
                "Apache-2.0",
                Manifest.Kind.LIPSYNC,
                "mock",
                "test",
                16_000,
                25,
                new Manifest.Encode(
                        "encode.pt",
                        BATCH,
                        BATCH,
                        List.of(1, 2, 5),
                        CONTEXT,
                        LOOKAHEAD,
                        0,
                        List.of(new Manifest.Parameter("mean", -1, 1, 0), new Manifest.Parameter("window", -1, 1, 0))),
                List.of(new Manifest.Parameter(life, 0, 1, 0)),
                new Manifest.Render(
                        idle,
                        List.of(1, 2, 4, 8),
                        0.5f,
                        0.68f,
                        0.234f,
                        List.of(new Manifest.Patch(SIDE, "p", "r")),
                        List.of()),
                null,
                Map.of(),
                List.of(),
                Map.of());
    }

    public final AtomicInteger encodeCalls = new AtomicInteger();
    public final AtomicInteger renderCalls = new AtomicInteger();
    public final AtomicInteger openRunners = new AtomicInteger();

    @Override
    public Manifest manifest() {
        return manifest;
    }

    public Manifest.Encode encode() {
        final Manifest.Encode encode = manifest.encode();
        if (encode == null) {
            throw new AssertionError();
        }
        return encode;
    }

    @Override
    public Identity prepare(int patchSize, ByteBuffer cropRgb, float[] landmarks, float[] person) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SpeechEncoder newEncoder() {
        openRunners.incrementAndGet();
        return new Encoder();
    }

    @Override
    public PatchRenderer newRenderer(int patchSize) {
        openRunners.incrementAndGet();
        return new Renderer();
    }

    @Override
    public void close() {}

    private final class Encoder implements SpeechEncoder {
        private final FloatBuffer[] inputs = new FloatBuffer[6];

        @Override
        public FloatBuffer input(int frames) {
            if (inputs[frames] == null) {
                inputs[frames] = FloatBuffer.allocate(BATCH * window(frames));
            }
            return inputs[frames];
        }

        @Override
        public FloatBuffer run(int frames) {
            encodeCalls.incrementAndGet();
            final FloatBuffer out = FloatBuffer.allocate(BATCH * frames * 2);
            for (int row = 0; row < BATCH; row++) {
                for (int f = 0; f < frames; f++) {
                    final int from = row * window(frames) + f * SAMPLES_PER_FRAME;
                    out.put(mean(frames, from + CONTEXT, SAMPLES_PER_FRAME));
                    out.put(mean(frames, from, CONTEXT + SAMPLES_PER_FRAME + LOOKAHEAD));
                }
            }
            return out.flip();
        }

        private float mean(int frames, int from, int length) {
            final FloatBuffer window = input(frames);
            double sum = 0;
            for (int i = 0; i < length; i++) {
                sum += window.get(from + i);
            }
            return (float) (sum / length);
        }

        private static int window(int frames) {
            return CONTEXT + frames * SAMPLES_PER_FRAME + LOOKAHEAD;
        }

        @Override
        public void close() {
            openRunners.decrementAndGet();
        }
    }

    private final class Renderer implements PatchRenderer {
        private final FloatBuffer features = FloatBuffer.allocate(16);
        private final FloatBuffer life = FloatBuffer.allocate(8);
        private final LongBuffer slots = LongBuffer.allocate(8);

        @Override
        public FloatBuffer features(int bucket) {
            return features;
        }

        @Override
        public FloatBuffer life(int bucket) {
            return life;
        }

        @Override
        public LongBuffer slots(int bucket) {
            return slots;
        }

        @Override
        public ByteBuffer run(int bucket) {
            renderCalls.incrementAndGet();
            final int plane = SIDE * SIDE;
            final ByteBuffer out = ByteBuffer.allocateDirect(bucket * 3 * plane);
            for (int row = 0; row < bucket; row++) {
                if (slots.get(row) == POISON) {
                    throw new IllegalStateException("a row that can't be rendered");
                }
                for (int i = 0; i < plane; i++) {
                    out.put((byte) Math.round(128 + 100 * features.get(row * 2)));
                }
                for (int i = 0; i < plane; i++) {
                    out.put((byte) slots.get(row));
                }
                for (int i = 0; i < plane; i++) {
                    out.put((byte) Math.round(200 * life.get(row)));
                }
            }
            return out.flip();
        }

        @Override
        public void close() {
            openRunners.decrementAndGet();
        }
    }
}
