package dev.mouthpiece.model.pattern;

import dev.mouthpiece.model.PatchRenderer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;

/** Draws white for a row whose feature is at least one half, else the next test card of the row's slot. */
final class PatternRenderer implements PatchRenderer {
    private final PatternModel model;
    private final TestCard card;
    private final int patchBytes;
    private final List<Integer> buckets;
    private final FloatBuffer[] features;
    private final FloatBuffer noLife = FloatBuffer.allocate(0);
    private final LongBuffer[] slots;
    private ByteBuffer patches = ByteBuffer.allocateDirect(0);

    PatternRenderer(PatternModel model, List<Integer> buckets, int patchSize) {
        this.model = model;
        this.card = new TestCard(patchSize);
        this.patchBytes = 3 * patchSize * patchSize;
        this.buckets = buckets;
        features = new FloatBuffer[buckets.size()];
        slots = new LongBuffer[buckets.size()];
        for (int i = 0; i < features.length; i++) {
            features[i] = FloatBuffer.allocate(buckets.get(i));
            slots[i] = LongBuffer.allocate(buckets.get(i));
        }
    }

    @Override
    public FloatBuffer features(int bucket) {
        return features[call(bucket)];
    }

    @Override
    public FloatBuffer life(int bucket) {
        call(bucket);
        return noLife;
    }

    @Override
    public LongBuffer slots(int bucket) {
        return slots[call(bucket)];
    }

    @Override
    public ByteBuffer run(int bucket) {
        final int call = call(bucket);
        if (patches.capacity() < bucket * patchBytes) {
            patches = ByteBuffer.allocateDirect(bucket * patchBytes);
        }
        for (int row = 0; row < bucket; row++) {
            final int frame = model.nextFrame(slots[call].get(row));
            if (features[call].get(row) >= 0.5f) {
                card.drawWhite(patches, row * patchBytes);
            } else {
                card.draw(patches, row * patchBytes, frame);
            }
        }
        return patches;
    }

    private int call(int bucket) {
        final int call = buckets.indexOf(bucket);
        if (call < 0) {
            throw new IllegalArgumentException("pattern has no such batch bucket: bucket=" + bucket);
        }
        return call;
    }

    @Override
    public void close() {}
}
