package dev.mouthpiece.worker.media.frame;

import java.util.concurrent.atomic.AtomicLongArray;

/** The counters of one session. Single writer each, read by anybody, no lock. */
public final class MediaCounters {
    private final AtomicLongArray values = new AtomicLongArray(MediaCounter.values().length);

    public long get(MediaCounter counter) {
        return values.get(counter.ordinal());
    }

    /** Counter's own thread. */
    public void add(MediaCounter counter, long n) {
        values.setRelease(counter.ordinal(), values.getPlain(counter.ordinal()) + n);
    }
}
