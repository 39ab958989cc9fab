package dev.mouthpiece.worker.media.frame;

import org.jspecify.annotations.Nullable;

/** The device thread's view of one inference thread. */
public interface BatchQueue {
    /** Whether another batch may be given now. */
    boolean hasRoom();

    /** Gives a batch; the caller has asked {@link #hasRoom}. */
    void submit(Batch batch);

    /** A batch that is done, or null. */
    @Nullable
    Batch pollDone();
}
