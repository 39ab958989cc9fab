package dev.mouthpiece.worker.media.frame;

import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Frames for one call of a model's renderer, and the pictures that they go into. */
public final class RenderBatch extends Batch {
    private final int patchSize;
    private final int featureCount;
    private final int lifeCount;
    private final int[] buckets;
    private final float[] features;
    private final float[] life;
    private final long[] avatarSlots;
    private final @Nullable FrameSource[] sources;
    private final @Nullable FrameSlot[] slots;
    private final @Nullable StillFrame[] stills;
    private final @Nullable PatchPlace[] places;
    private final float[] opacities;
    private int rows;

    // Inference thread: what the renderer gave, until the next call on it.
    private final Patches patches = new Patches();

    /**
     * @param patchSize side of the patches
     * @param maxRows most rows of a batch, at most the model's largest bucket
     */
    public RenderBatch(
            LipSyncModel model, int patchSize, int featureCount, Manifest.Render render, int lifeCount, int maxRows) {
        super(model, maxRows);
        this.patchSize = patchSize;
        this.featureCount = featureCount;
        this.lifeCount = lifeCount;
        this.buckets =
                render.batchBuckets().stream().mapToInt(Integer::intValue).toArray();
        features = new float[maxRows * featureCount];
        life = new float[maxRows * lifeCount];
        avatarSlots = new long[maxRows];
        sources = new @Nullable FrameSource[maxRows];
        slots = new @Nullable FrameSlot[maxRows];
        stills = new @Nullable StillFrame[maxRows];
        places = new @Nullable PatchPlace[maxRows];
        opacities = new float[maxRows];
    }

    public void clear() {
        clearFailures();
        rows = 0;
        patches.clear();
    }

    /** Adds a frame; its features and life parameters belong at row · count of {@link #features} and {@link #life}. */
    public int addRow(FrameSource source, FrameSlot slot, AvatarFrame frame) {
        sources[rows] = source;
        slots[rows] = slot;
        avatarSlots[rows] = frame.slot();
        stills[rows] = frame.still();
        places[rows] = frame.place();
        opacities[rows] = 1f;
        return rows++;
    }

    @Override
    public int rows() {
        return rows;
    }

    public boolean isFull() {
        return rows == maxRows();
    }

    public int patchSize() {
        return patchSize;
    }

    public int featureCount() {
        return featureCount;
    }

    public int lifeCount() {
        return lifeCount;
    }

    /** The smallest bucket that holds {@code count} rows. */
    public int bucketFor(int count) {
        final int at = Arrays.binarySearch(buckets, count);
        return buckets[Math.min(buckets.length - 1, at < 0 ? -at - 1 : at)];
    }

    public float[] features() {
        return features;
    }

    public float[] life() {
        return life;
    }

    public long avatarSlot(int row) {
        return avatarSlots[row];
    }

    public @Nullable FrameSlot slot(int row) {
        return slots[row];
    }

    public @Nullable StillFrame still(int row) {
        return stills[row];
    }

    /** Where its patch lies on the still frame. */
    public @Nullable PatchPlace place(int row) {
        return places[row];
    }

    /** How much of a row's patch shows, 0..1; 1 where nothing else was said. */
    public float opacity(int row) {
        return opacities[row];
    }

    public void opacity(int row, float share) {
        opacities[row] = share;
    }

    /** The renderer's output, planar RGB [bucket, 3, P, P]. Inference thread. */
    public Patches patches() {
        return patches;
    }

    /** Hands each row's picture back to its session, or tells it what went wrong. Device thread. */
    public void deliver(long nowNs) {
        for (int row = 0; row < rows; row++) {
            final FrameSource source = sources[row];
            final FrameSlot slot = slots[row];
            if (source != null && slot != null) {
                slot.made(generatedNs(), finishedNs());
                source.onRendered(slot, failure(row), nowNs);
            }
            sources[row] = null;
            slots[row] = null;
            stills[row] = null;
            places[row] = null;
        }
    }

    /** Whose frames they are. Called by the device thread. */
    public interface FrameSource {
        /** A frame is back from the inference thread; {@code failure} says that its picture is void. */
        void onRendered(FrameSlot slot, @Nullable Throwable failure, long nowNs);
    }
}
