package dev.mouthpiece.worker.media.frame;

import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import java.nio.ByteBuffer;
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
    private final int[] patchX;
    private final int[] patchY;
    private int rows;

    // Inference thread: what the renderer gave, until the next call on it.
    private @Nullable ByteBuffer patches;

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
        patchX = new int[maxRows];
        patchY = new int[maxRows];
    }

    public void clear() {
        clearFailures();
        rows = 0;
        patches = null;
    }

    /** Adds a frame; its features and life parameters belong at row · count of {@link #features} and {@link #life}. */
    public int addRow(FrameSource source, FrameSlot slot, long avatarSlot, StillFrame still, int x, int y) {
        sources[rows] = source;
        slots[rows] = slot;
        avatarSlots[rows] = avatarSlot;
        stills[rows] = still;
        patchX[rows] = x;
        patchY[rows] = y;
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

    public int patchX(int row) {
        return patchX[row];
    }

    public int patchY(int row) {
        return patchY[row];
    }

    /** The renderer's output, planar RGB [bucket, 3, P, P]. Inference thread. */
    public @Nullable ByteBuffer patches() {
        return patches;
    }

    public void patches(ByteBuffer rendered) {
        patches = rendered;
    }

    /** Hands each row's picture back to its session, or tells it what went wrong. Device thread. */
    public void deliver() {
        for (int row = 0; row < rows; row++) {
            final FrameSource source = sources[row];
            final FrameSlot slot = slots[row];
            if (source != null && slot != null) {
                source.onRendered(slot, failure(row));
            }
            sources[row] = null;
            slots[row] = null;
            stills[row] = null;
        }
    }

    /** Whose frames they are. Called by the device thread. */
    public interface FrameSource {
        /** A frame is back from the inference thread; {@code failure} says that its picture is void. */
        void onRendered(FrameSlot slot, @Nullable Throwable failure);
    }
}
