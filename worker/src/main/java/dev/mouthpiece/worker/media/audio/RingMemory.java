package dev.mouthpiece.worker.media.audio;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Memory of {@link AudioRing}s outside the heap, used again: left to the collector, that of sessions which are over would pile up until there is something to
 * collect in the heap. Thread-safe.
 */
public final class RingMemory {
    /** More than these are given back to the system by the collector. */
    static final int MAX_FREE = 32;

    private final int bytes;
    private final Deque<UnsafeBuffer> free = new ArrayDeque<>();

    /** @param capacityBytes of each ring: a power of two, at least 8 × {@link AudioRing#PIECE_BYTES} */
    public RingMemory(int capacityBytes) {
        if (Integer.bitCount(capacityBytes) != 1 || capacityBytes < 8 * AudioRing.PIECE_BYTES) {
            throw new IllegalArgumentException("capacity must be a power of 2 and at least " + 8 * AudioRing.PIECE_BYTES
                    + ": capacityBytes=" + capacityBytes);
        }
        bytes = capacityBytes + RingBufferDescriptor.TRAILER_LENGTH;
    }

    /** Zeros, for one ring. */
    UnsafeBuffer take() {
        final UnsafeBuffer used;
        synchronized (free) {
            used = free.poll();
        }
        if (used == null) {
            return new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
        }
        used.setMemory(0, bytes, (byte) 0);
        return used;
    }

    /** Takes it back when no thread looks at it any more. */
    void give(UnsafeBuffer memory) {
        synchronized (free) {
            if (free.size() < MAX_FREE) {
                free.push(memory);
            }
        }
    }
}
