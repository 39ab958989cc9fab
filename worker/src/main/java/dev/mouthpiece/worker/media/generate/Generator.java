package dev.mouthpiece.worker.media.generate;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Runs batches on their models. Belongs to one inference thread, and keeps that thread's encoders and renderers, closed
 * with it. They are made when a model is first met; who cannot wait then has another thread {@link #prepare} them.
 */
public final class Generator implements AutoCloseable {
    private final ArrayList<Encoder> encoders = new ArrayList<>();
    private final ArrayList<Renderer> renderers = new ArrayList<>();

    /**
     * Makes an encoder and a renderer and runs each once, because first calls are slow. Any thread, such as one that may
     * block; what is made waits to be {@linkplain #adopt adopted}.
     *
     * @param avatarSlot an avatar in the model's bank
     * @param maxRows the largest batch that will come
     */
    public static Prepared prepare(LipSyncModel model, int patchSize, long avatarSlot, int maxRows) {
        final SpeechEncoder encoder = model.newEncoder();
        try {
            for (final int frames : model.manifest().requireEncode().framesPerCall()) {
                encoder.run(frames);
            }
            final PatchRenderer renderer = model.newRenderer(patchSize);
            for (final int bucket : model.manifest().requireRender().batchBuckets()) {
                for (int row = 0; row < bucket; row++) {
                    renderer.slots(bucket).put(row, avatarSlot);
                }
                if (bucket <= maxRows) {
                    renderer.run(bucket);
                }
            }
            return new Prepared(model, patchSize, encoder, renderer);
        } catch (final RuntimeException e) {
            encoder.close();
            throw e;
        }
    }

    /** Takes over what {@link #prepare} made; what it has already is closed. */
    public void adopt(Prepared prepared) {
        if (findEncoder(prepared.model) == null) {
            encoders.add(new Encoder(prepared.model, prepared.encoder));
        } else {
            prepared.encoder.close();
        }
        if (findRenderer(prepared.model, prepared.patchSize) == null) {
            renderers.add(new Renderer(prepared.model, prepared.patchSize, prepared.renderer));
        } else {
            prepared.renderer.close();
        }
    }

    /** An encoder and a renderer, ready for an inference thread. */
    public record Prepared(LipSyncModel model, int patchSize, SpeechEncoder encoder, PatchRenderer renderer) {
        /** Where no inference thread has taken it over. */
        public void discard() {
            encoder.close();
            renderer.close();
        }
    }

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
        renderer.render(bucket, count, batch.patches());
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
        final Encoder known = findEncoder(model);
        if (known != null) {
            return known;
        }
        final Encoder made = new Encoder(model, model.newEncoder());
        encoders.add(made);
        return made;
    }

    private @Nullable Encoder findEncoder(LipSyncModel model) {
        for (int i = 0; i < encoders.size(); i++) {
            if (encoders.get(i).model == model) {
                return encoders.get(i);
            }
        }
        return null;
    }

    private PatchRenderer renderer(LipSyncModel model, int patchSize) {
        final PatchRenderer known = findRenderer(model, patchSize);
        if (known != null) {
            return known;
        }
        final PatchRenderer made = model.newRenderer(patchSize);
        renderers.add(new Renderer(model, patchSize, made));
        return made;
    }

    private @Nullable PatchRenderer findRenderer(LipSyncModel model, int patchSize) {
        for (int i = 0; i < renderers.size(); i++) {
            final Renderer renderer = renderers.get(i);
            if (renderer.model == model && renderer.patchSize == patchSize) {
                return renderer.renderer;
            }
        }
        return null;
    }

    /** An encoder and, per length of its windows, how far its input is filled. */
    private static final class Encoder {
        private final LipSyncModel model;
        private final SpeechEncoder encoder;
        private final int[] usedSamples;

        Encoder(LipSyncModel model, SpeechEncoder encoder) {
            this.model = model;
            this.encoder = encoder;
            this.usedSamples =
                    new int[model.manifest().requireEncode().framesPerCall().getLast() + 1];
        }
    }

    private record Renderer(LipSyncModel model, int patchSize, PatchRenderer renderer) {}
}
