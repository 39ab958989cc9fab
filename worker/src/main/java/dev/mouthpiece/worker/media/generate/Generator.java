package dev.mouthpiece.worker.media.generate;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Objects;

/**
 * Runs batches on their models. Belongs to one inference thread, and keeps that thread's encoders and renderers, made
 * when a model is first met and closed with the thread.
 */
public final class Generator implements AutoCloseable {
    private final ArrayList<Encoder> encoders = new ArrayList<>();
    private final ArrayList<Renderer> renderers = new ArrayList<>();

    /** Fills the batch's features. Rows that are not in use are silence, so that each call is the same to the model. */
    public void encode(SpeechBatch batch) {
        final Encoder own = encoder(batch.model());
        final FloatBuffer input = own.encoder.input(batch.frames());
        final int used = batch.rows() * batch.windowSamples();
        input.put(0, batch.pcm(), 0, used);
        // Rows that the last call of this length used, and this one does not.
        for (int i = used; i < own.usedSamples[batch.frames()]; i++) {
            input.put(i, 0f);
        }
        own.usedSamples[batch.frames()] = used;
        own.encoder
                .run(batch.frames())
                .get(0, batch.features(), 0, batch.rows() * batch.frames() * batch.featureCount());
    }

    /** Renders rows [first, first + count) and leaves their patches with the batch, the first of them at the start. */
    public void render(RenderBatch batch, int first, int count) {
        final PatchRenderer renderer = renderer(batch.model(), batch.patchSize());
        final int bucket = batch.bucketFor(count);
        final FloatBuffer features = renderer.features(bucket);
        final FloatBuffer life = renderer.life(bucket);
        final LongBuffer slots = renderer.slots(bucket);
        for (int i = 0; i < bucket; i++) {
            final int row = first + Math.min(i, count - 1);
            features.put(i * batch.featureCount(), batch.features(), row * batch.featureCount(), batch.featureCount());
            life.put(i * batch.lifeCount(), batch.life(), row * batch.lifeCount(), batch.lifeCount());
            slots.put(i, batch.avatarSlot(row));
        }
        batch.patches(renderer.run(bucket));
    }

    @Override
    public void close() {
        for (final Encoder encoder : encoders) {
            encoder.encoder.close();
        }
        for (final Renderer renderer : renderers) {
            renderer.renderer.close();
        }
    }

    private Encoder encoder(LipSyncModel model) {
        for (int i = 0; i < encoders.size(); i++) {
            if (encoders.get(i).model == model) {
                return encoders.get(i);
            }
        }
        final Encoder encoder = new Encoder(model);
        encoders.add(encoder);
        return encoder;
    }

    private PatchRenderer renderer(LipSyncModel model, int patchSize) {
        for (int i = 0; i < renderers.size(); i++) {
            final Renderer renderer = renderers.get(i);
            if (renderer.model == model && renderer.patchSize == patchSize) {
                return renderer.renderer;
            }
        }
        final PatchRenderer renderer = model.newRenderer(patchSize);
        renderers.add(new Renderer(model, patchSize, renderer));
        return renderer;
    }

    /** An encoder and, per length of its windows, how far its input is filled. */
    private static final class Encoder {
        private final LipSyncModel model;
        private final SpeechEncoder encoder;
        private final int[] usedSamples;

        Encoder(LipSyncModel model) {
            this.model = model;
            this.encoder = model.newEncoder();
            final var encode = Objects.requireNonNull(model.manifest().encode(), "a lip-sync model has an encoder");
            this.usedSamples = new int[encode.framesPerCall().getLast() + 1];
        }
    }

    private record Renderer(LipSyncModel model, int patchSize, PatchRenderer renderer) {}
}
