package dev.mouthpiece.worker.media.frame;

import java.util.concurrent.atomic.AtomicLongArray;

/** What the device thread counts of the batches that it forms. Single writer, read by anybody, no lock. */
public final class BatchMeters {
    /** What is counted. */
    public enum Meter {
        /** Calls of encoders. */
        SPEECH_BATCHES,
        /** Windows of speech in them. */
        SPEECH_ROWS,
        /** Calls of renderers. */
        RENDER_BATCHES,
        /** Frames in them. */
        RENDER_ROWS,
        /** Nanoseconds that batches waited for their inference thread to take them up. */
        WAIT_NS,
        /** Nanoseconds from then until they were done. */
        WORK_NS
    }

    /** Sizes of batches that are told apart: up to so many rows. The last is a manifest's bound. */
    private static final int[] SIZES = {1, 2, 4, 8, 16, 32, 64};

    private final AtomicLongArray values = new AtomicLongArray(Meter.values().length);
    private final AtomicLongArray speechSizes = new AtomicLongArray(SIZES.length);
    private final AtomicLongArray renderSizes = new AtomicLongArray(SIZES.length);

    public long get(Meter meter) {
        return values.get(meter.ordinal());
    }

    /** Sizes that {@link #speechBatchesOf} and {@link #renderBatchesOf} know, ascending. */
    public static int[] sizes() {
        return SIZES.clone();
    }

    /** Calls of encoders with so many rows or fewer, and more than the next smaller size. */
    public long speechBatchesOf(int size) {
        return speechSizes.get(indexOf(size));
    }

    /** Calls of renderers, likewise. */
    public long renderBatchesOf(int size) {
        return renderSizes.get(indexOf(size));
    }

    private static int indexOf(int rows) {
        int index = 0;
        while (index < SIZES.length - 1 && SIZES[index] < rows) {
            index++;
        }
        return index;
    }

    /** A batch is back. Device thread. */
    public void add(Batch batch) {
        final boolean speech = batch instanceof SpeechBatch;
        add(speech ? Meter.SPEECH_BATCHES : Meter.RENDER_BATCHES, 1);
        add(speech ? Meter.SPEECH_ROWS : Meter.RENDER_ROWS, batch.rows());
        final AtomicLongArray sizes = speech ? speechSizes : renderSizes;
        final int size = indexOf(batch.rows());
        sizes.setRelease(size, sizes.getPlain(size) + 1);
        add(Meter.WAIT_NS, Math.max(0, batch.startedNs() - batch.submittedNs()));
        add(Meter.WORK_NS, batch.finishedNs() - batch.startedNs());
    }

    private void add(Meter meter, long n) {
        values.setRelease(meter.ordinal(), values.getPlain(meter.ordinal()) + n);
    }
}
