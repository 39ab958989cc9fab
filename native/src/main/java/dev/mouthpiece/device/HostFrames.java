package dev.mouthpiece.device;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Frames in ordinary memory. Off-heap memory goes only when the collector comes by, and a daemon whose media path allocates nothing sees it rarely:
 * so what is given back is kept for the next session, up to a bound; the oldest beyond it is left to the collector.
 */
final class HostFrames implements FrameMemory {
    /** Some 200 pictures of the usual size: those of a dozen sessions. */
    static final long MAX_KEPT_BYTES = 64L << 20;

    private final ArrayDeque<I420Frame> kept = new ArrayDeque<>();
    private long keptBytes;

    @Override
    public synchronized I420Frame take(int width, int height) {
        for (final Iterator<I420Frame> frames = kept.descendingIterator(); frames.hasNext(); ) {
            final I420Frame frame = frames.next();
            if (frame.width() == width && frame.height() == height) {
                frames.remove();
                keptBytes -= sizeBytes(frame);
                return frame;
            }
        }
        return new I420Frame(width, height);
    }

    @Override
    public synchronized void give(I420Frame frame) {
        for (final I420Frame other : kept) {
            if (other == frame) {
                throw new IllegalArgumentException("the frame was given back before");
            }
        }
        kept.addLast(frame);
        keptBytes += sizeBytes(frame);
        while (keptBytes > MAX_KEPT_BYTES) {
            keptBytes -= sizeBytes(kept.removeFirst());
        }
    }

    /** Kept for the next one who wants them. */
    synchronized long keptBytes() {
        return keptBytes;
    }

    private static long sizeBytes(I420Frame frame) {
        return I420Frame.sizeBytes(frame.width(), frame.height());
    }
}
