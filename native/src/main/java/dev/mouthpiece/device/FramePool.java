package dev.mouthpiece.device;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of frames of one size, all made at start.
 *
 * <p>One thread acquires; any thread releases. Neither locks nor allocates. Who acquires a frame owns it and hands it on
 * with the frame; the last owner releases it, also when it drops the frame.
 */
public final class FramePool {
    private static final int FREE = 0;
    private static final int HELD = 1;

    private final I420Frame[] frames;
    private final AtomicIntegerArray states;
    private final ManyToOneConcurrentArrayQueue<I420Frame> free;

    /**
     * @param capacity how many frames there are, 1..4096: the bound of all queues that transport them together
     * @throws IllegalArgumentException if the capacity or a side is out of range
     */
    public FramePool(int capacity, int width, int height) {
        if (capacity < 1 || capacity > 4096) {
            throw new IllegalArgumentException("capacity must be 1..4096 frames: capacity=" + capacity);
        }
        frames = new I420Frame[capacity];
        states = new AtomicIntegerArray(capacity);
        // The queue wants two places at least.
        free = new ManyToOneConcurrentArrayQueue<>(Math.max(2, capacity));
        for (int i = 0; i < capacity; i++) {
            frames[i] = new I420Frame(width, height, i);
            free.offer(frames[i]);
        }
    }

    /** A frame whose picture is left over from its last use; null when none is free. One thread only. */
    public @Nullable I420Frame acquire() {
        final I420Frame frame = free.poll();
        if (frame != null) {
            states.set(frame.poolIndex(), HELD);
        }
        return frame;
    }

    /**
     * Takes a frame back. Any thread.
     *
     * @throws IllegalArgumentException if the frame is not of this pool
     * @throws IllegalStateException if the frame is free already
     */
    public void release(I420Frame frame) {
        final int index = frame.poolIndex();
        if (index < 0 || index >= frames.length || frames[index] != frame) {
            throw new IllegalArgumentException("frame is not of this pool: index=" + index);
        }
        if (!states.compareAndSet(index, HELD, FREE)) {
            throw new IllegalStateException("frame is released twice: index=" + index);
        }
        // Never full: each frame enters once, guarded by its state.
        free.offer(frame);
    }

    /** How many frames there are. */
    public int capacity() {
        return frames.length;
    }

    /** Frames that are acquired and not released: a leak where nothing uses frames any more. Exact when nobody acts. */
    public int heldCount() {
        int held = 0;
        for (int i = 0; i < frames.length; i++) {
            held += states.get(i);
        }
        return held;
    }
}
