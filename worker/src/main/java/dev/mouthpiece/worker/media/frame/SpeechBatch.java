package dev.mouthpiece.worker.media.frame;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import org.jspecify.annotations.Nullable;

/** Windows of speech for one call of a model's encoder. */
public final class SpeechBatch extends Batch {
    private final int featureCount;
    private final int contextAndLookahead;
    private final int samplesPerFrame;
    private final float[] pcm;
    private final float[] features;
    private final @Nullable FeatureTarget[] targets;
    private final long[] sequences;
    private final long[] epochs;
    private int frames;
    private int rows;

    /**
     * @param encode the model's encoder as its manifest says
     * @param samplesPerFrame samples of one video frame
     */
    public SpeechBatch(LipSyncModel model, Manifest.Encode encode, int samplesPerFrame) {
        super(model, encode.batch());
        this.samplesPerFrame = samplesPerFrame;
        contextAndLookahead = encode.contextSamples() + encode.lookaheadSamples();
        final int most = encode.framesPerCall().getLast();
        featureCount = encode.features().size();
        pcm = new float[encode.batch() * (contextAndLookahead + most * samplesPerFrame)];
        features = new float[encode.batch() * most * featureCount];
        targets = new @Nullable FeatureTarget[encode.batch()];
        sequences = new long[encode.batch()];
        epochs = new long[encode.batch()];
    }

    /** Empties the batch, for {@code newFrames} new frames a row. */
    public void clear(int newFrames) {
        clearFailures();
        frames = newFrames;
        rows = 0;
    }

    /**
     * Adds a row.
     *
     * @param target receives the row's features
     * @param sequence the first new frame's number among the target's frames
     * @param epoch the target's epoch now
     * @return the row; its samples belong at {@link #pcm}[row · {@link #windowSamples}]
     */
    public int addRow(FeatureTarget target, long sequence, long epoch) {
        targets[rows] = target;
        sequences[rows] = sequence;
        epochs[rows] = epoch;
        return rows++;
    }

    /** New frames of each row. */
    public int frames() {
        return frames;
    }

    @Override
    public int rows() {
        return rows;
    }

    public boolean isFull() {
        return rows == targets.length;
    }

    /** Samples of a row. */
    public int windowSamples() {
        return contextAndLookahead + frames * samplesPerFrame;
    }

    public float[] pcm() {
        return pcm;
    }

    /** f32 [rows, frames, features]: what the encoder gave. */
    public float[] features() {
        return features;
    }

    public int featureCount() {
        return featureCount;
    }

    /** Hands each row's features to its target, or tells it what went wrong. Device thread. */
    public void deliver(long nowNs) {
        for (int row = 0; row < rows; row++) {
            final FeatureTarget target = targets[row];
            final Throwable failure = failure(row);
            if (target != null && failure != null) {
                target.onFailed(failure);
            } else if (target != null) {
                target.onFeatures(sequences[row], epochs[row], features, row * frames * featureCount, frames, nowNs);
            }
            targets[row] = null;
        }
    }

    /** Who asked for features. Called by the device thread. */
    public interface FeatureTarget {
        /** Frames {@code sequence}, {@code sequence}+1, … of an epoch: f32 [frames, features] from {@code offset} on. */
        void onFeatures(long sequence, long epoch, float[] features, int offset, int frames, long nowNs);

        void onFailed(Throwable cause);
    }
}
