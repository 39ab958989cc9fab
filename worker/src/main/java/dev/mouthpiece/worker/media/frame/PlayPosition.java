package dev.mouthpiece.worker.media.frame;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Where a session's play-out stands: written by its pacer, read by the device thread, which plans by it. The values are
 * read one by one; a plan made between two writes is at worst one frame off, and the pacer sorts that out.
 */
public final class PlayPosition {
    private final AtomicLong nextFrameTimeNs = new AtomicLong();
    private final AtomicLong segmentId = new AtomicLong();
    private final AtomicLong nextFrame = new AtomicLong();
    private final AtomicLong finishedSegments = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** Pacer's thread. */
    public void at(long frameTimeNs, long segment, long frame) {
        nextFrame.setRelease(frame);
        segmentId.setRelease(segment);
        nextFrameTimeNs.setRelease(frameTimeNs);
    }

    /** Pacer's thread: segments up to this one are played or dropped. */
    public void finished(long segment) {
        finishedSegments.setRelease(segment);
    }

    /** When the next picture is due. */
    public long nextFrameTimeNs() {
        return nextFrameTimeNs.getAcquire();
    }

    /** The segment being played; 0 when none is. */
    public long segmentId() {
        return segmentId.getAcquire();
    }

    /** The frame of it that is due next. */
    public long nextFrame() {
        return nextFrame.getAcquire();
    }

    public long finishedSegments() {
        return finishedSegments.getAcquire();
    }

    /** What ended the session; the first failure counts. Any thread. */
    public @Nullable Throwable failure() {
        return failure.get();
    }

    /** Any thread. */
    public void fail(Throwable cause) {
        failure.compareAndSet(null, cause);
    }
}
