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

    private final AtomicLongArray values = new AtomicLongArray(Meter.values().length);

    public long get(Meter meter) {
        return values.get(meter.ordinal());
    }

    /** A batch is back. Device thread. */
    public void add(Batch batch) {
        final boolean speech = batch instanceof SpeechBatch;
        add(speech ? Meter.SPEECH_BATCHES : Meter.RENDER_BATCHES, 1);
        add(speech ? Meter.SPEECH_ROWS : Meter.RENDER_ROWS, batch.rows());
        add(Meter.WAIT_NS, Math.max(0, batch.startedNs() - batch.submittedNs()));
        add(Meter.WORK_NS, batch.finishedNs() - batch.startedNs());
    }

    private void add(Meter meter, long n) {
        values.setRelease(meter.ordinal(), values.getPlain(meter.ordinal()) + n);
    }
}
