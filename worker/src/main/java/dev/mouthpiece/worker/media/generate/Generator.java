package dev.mouthpiece.worker.media.generate;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;

/**
 * Runs batches on their models. Belongs to one inference thread, and keeps that thread's encoders and renderers, made
 * when a model is first met and closed with the thread.
 */
public final class Generator implements AutoCloseable {
    private final ArrayList<Encoder> encoders = new ArrayList<>();
    private final ArrayList<Renderer> renderers = new ArrayList<>();

    /** Fills the batch's features. Rows that are not in use are silence, so that each call is the same to the model. */
    public void encode(SpeechBatch batch) {
        final SpeechEncoder encoder = encoder(batch.model());
        final FloatBuffer input = encoder.input(batch.frames());
        final int used = batch.rows() * batch.windowSamples();
        input.put(0, batch.pcm(), 0, used);
        for (int i = used; i < input.limit(); i++) {
            input.put(i, 0f);
        }
        encoder.run(batch.frames()).get(0, batch.features(), 0, batch.rows() * batch.frames() * batch.featureCount());
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

    private SpeechEncoder encoder(LipSyncModel model) {
        for (int i = 0; i < encoders.size(); i++) {
            if (encoders.get(i).model == model) {
                return encoders.get(i).encoder;
            }
        }
        final SpeechEncoder encoder = model.newEncoder();
        encoders.add(new Encoder(model, encoder));
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

    private record Encoder(LipSyncModel model, SpeechEncoder encoder) {}

    private record Renderer(LipSyncModel model, int patchSize, PatchRenderer renderer) {}
}
