package dev.mouthpiece.bench;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A model with the default model's shapes that computes nothing: what is left is the path's own cost. */
final class FreeModel implements LipSyncModel {
    static final int SIDE = 32;

    private static final int BATCH = 8;
    private static final int FEATURES = 8;
    private static final int LIFE = 10;
    private static final Manifest MANIFEST = new Manifest(
            "free",
            "1",
            "Computes nothing.",
            "Apache-2.0",
            Manifest.Kind.LIPSYNC,
            "mock",
            "bench",
            16_000,
            25,
            new Manifest.Encode(
                    "encode.pt", BATCH, BATCH, List.of(1, 2, 5), 33_280, 1_200, 0, parameters("feature", FEATURES)),
            parameters("life", LIFE),
            new Manifest.Render(
                    "live",
                    List.of(1, 2, 4, 8),
                    0.5f,
                    0.68f,
                    0.234f,
                    List.of(new Manifest.Patch(SIDE, "prepare.pt", "render.pt")),
                    List.of()),
            null,
            Map.of(),
            List.of(),
            Map.of());

    private static List<Manifest.Parameter> parameters(String name, int count) {
        final List<Manifest.Parameter> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new Manifest.Parameter(name + i, 0, 1, 0));
        }
        return List.copyOf(all);
    }

    @Override
    public Manifest manifest() {
        return MANIFEST;
    }

    @Override
    public Identity prepare(int patchSize, ByteBuffer cropRgb, float[] landmarks, float[] person) {
        throw new UnsupportedOperationException("it has no avatars");
    }

    @Override
    public SpeechEncoder newEncoder() {
        return new Encoder();
    }

    @Override
    public PatchRenderer newRenderer(int patchSize) {
        return new Renderer();
    }

    @Override
    public void close() {}

    private static final class Encoder implements SpeechEncoder {
        private final FloatBuffer[] inputs = new FloatBuffer[6];
        private final FloatBuffer output = FloatBuffer.allocate(BATCH * 5 * FEATURES);

        @Override
        public FloatBuffer input(int frames) {
            if (inputs[frames] == null) {
                inputs[frames] = FloatBuffer.allocate(BATCH * (8_880 + frames * 640));
            }
            return inputs[frames];
        }

        @Override
        public FloatBuffer run(int frames) {
            return output;
        }

        @Override
        public void close() {}
    }

    private static final class Renderer implements PatchRenderer {
        private final FloatBuffer features = FloatBuffer.allocate(BATCH * FEATURES);
        private final FloatBuffer life = FloatBuffer.allocate(BATCH * LIFE);
        private final LongBuffer slots = LongBuffer.allocate(BATCH);
        private final ByteBuffer output = ByteBuffer.allocateDirect(BATCH * 3 * SIDE * SIDE);

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
            return output;
        }

        @Override
        public void close() {}
    }
}
