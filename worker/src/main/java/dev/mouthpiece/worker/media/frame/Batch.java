package dev.mouthpiece.worker.media.frame;

import dev.mouthpiece.model.LipSyncModel;
import org.jspecify.annotations.Nullable;

/**
 * Work for one call of a model, of one session or many. Made once and reused: the device thread fills it, an inference
 * thread runs it, the device thread reads it; the queue between them orders the accesses.
 */
public abstract sealed class Batch permits SpeechBatch, RenderBatch {
    private final LipSyncModel model;
    private final @Nullable Throwable[] failures;
    private long submittedNs;
    private long startedNs;
    private long generatedNs;
    private long finishedNs;

    Batch(LipSyncModel model, int maxRows) {
        this.model = model;
        this.failures = new @Nullable Throwable[maxRows];
    }

    public LipSyncModel model() {
        return model;
    }

    /** Rows in use. */
    public abstract int rows();

    /** The device thread gives it away. */
    public void submitted(long nowNs) {
        submittedNs = nowNs;
    }

    /** The inference thread takes it up. */
    public void started(long nowNs) {
        startedNs = nowNs;
    }

    /** The model is done with it. Inference thread. */
    public void generated(long nowNs) {
        generatedNs = nowNs;
    }

    /** It is ready to go back. Inference thread. */
    public void finished(long nowNs) {
        finishedNs = nowNs;
    }

    public long submittedNs() {
        return submittedNs;
    }

    public long startedNs() {
        return startedNs;
    }

    public long generatedNs() {
        return generatedNs;
    }

    public long finishedNs() {
        return finishedNs;
    }

    /** What went wrong with a row; null where nothing did. */
    public @Nullable Throwable failure(int row) {
        return failures[row];
    }

    /** Inference thread. */
    public void fail(int row, Throwable cause) {
        failures[row] = cause;
    }

    void clearFailures() {
        for (int i = 0; i < failures.length; i++) {
            failures[i] = null;
        }
    }

    int maxRows() {
        return failures.length;
    }
}
