package dev.mouthpiece.worker.media.frame;

import dev.mouthpiece.device.FrameMemory;
import dev.mouthpiece.device.HostDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A session's pictures from the device thread to its pacer: single producer, single consumer, no allocation, no copy.
 *
 * <p>The producer reserves slots in the order in which they are to be shown, fills them in any order, and the consumer
 * sees them in the order of reservation. The bound is the capacity: {@link #reserve} gives null when every slot is taken,
 * and then nothing is rendered for this session until its pacer has moved on.
 */
public final class FrameRing {
    private final FrameSlot[] slots;
    private final FrameMemory memory;
    private final int width;
    private final int height;
    private final int featureCount;
    /** Every slot that was made, those that the consumer has taken out too. */
    private final List<FrameSlot> made = new ArrayList<>();

    private final AtomicLong reserved = new AtomicLong();
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong consumed = new AtomicLong();

    /**
     * @param capacity slots, at least 2
     * @param width columns of the pictures
     * @param height rows of the pictures
     * @param featureCount features kept with each picture
     */
    public FrameRing(int capacity, int width, int height, int featureCount) {
        this(capacity, width, height, featureCount, new HostDevice().frames());
    }

    /**
     * @param capacity slots, at least 2
     * @param width columns of the pictures
     * @param height rows of the pictures
     * @param featureCount features kept with each picture
     * @param memory where the pictures come from, and go back to at the end
     */
    public FrameRing(int capacity, int width, int height, int featureCount, FrameMemory memory) {
        this.memory = memory;
        this.width = width;
        this.height = height;
        this.featureCount = featureCount;
        if (capacity < 2) {
            throw new IllegalArgumentException("capacity must be at least 2: capacity=" + capacity);
        }
        slots = new FrameSlot[capacity];
        for (int i = 0; i < capacity; i++) {
            slots[i] = newSpare();
        }
    }

    public int capacity() {
        return slots.length;
    }

    /**
     * Takes the next slot to be filled, or null when there is none. Producer's thread.
     *
     * @param expectedNs when it will be filled, as far as one knows; {@link Long#MAX_VALUE} if one does not
     */
    public @Nullable FrameSlot reserve(long epoch, long segmentId, long frameIndex, long expectedNs) {
        final long at = reserved.getPlain();
        if (at - consumed.getAcquire() == slots.length) {
            return null;
        }
        final FrameSlot slot = slots[(int) (at % slots.length)];
        slot.reserve(epoch, segmentId, frameIndex, expectedNs);
        reserved.setRelease(at + 1);
        return slot;
    }

    /** A reserved slot is filled: it is published as soon as all before it are. Producer's thread. */
    public void complete(FrameSlot slot, long nowNs) {
        slot.markDone(nowNs);
        long end = published.getPlain();
        final long last = reserved.getPlain();
        while (end < last && slots[(int) (end % slots.length)].isDone()) {
            end++;
        }
        published.setRelease(end);
    }

    /** Slots reserved so far. Producer's thread. */
    public long reserved() {
        return reserved.getPlain();
    }

    /** Slots that the consumer has taken out or dropped so far; all of them are filled. Producer's thread. */
    public long consumed() {
        return consumed.getAcquire();
    }

    /** Slots reserved and not yet consumed. Producer's thread. */
    public int pending() {
        return (int) (reserved.getPlain() - consumed.getAcquire());
    }

    /** The same without the first {@code mark} ever reserved. Producer's thread. */
    public int pendingSince(long mark) {
        return (int) (reserved.getPlain() - Math.max(mark, consumed.getAcquire()));
    }

    /** Slots that may be looked at. Consumer's thread. */
    public int available() {
        return (int) (published.getAcquire() - consumed.getPlain());
    }

    /** Those, and the slots after them that are still being filled: of these only what was reserved may be read. Consumer's thread. */
    public int underWay() {
        return (int) (reserved.getAcquire() - consumed.getPlain());
    }

    /**
     * The slot {@code ahead} places after the oldest, with {@code ahead} below {@link #available}, or below {@link #underWay} for
     * what it was reserved for. Consumer's thread.
     */
    public FrameSlot peek(int ahead) {
        return slots[(int) ((consumed.getPlain() + ahead) % slots.length)];
    }

    /** Gives the oldest slot back unseen. Consumer's thread. */
    public void drop() {
        consumed.setRelease(consumed.getPlain() + 1);
    }

    /**
     * Takes the oldest slot out and puts {@code spare} in its place: so the picture that is shown stays with the consumer
     * as long as it likes, without a copy and without holding up the ring. Consumer's thread.
     */
    public FrameSlot take(FrameSlot spare) {
        final int at = (int) (consumed.getPlain() % slots.length);
        final FrameSlot taken = slots[at];
        slots[at] = spare;
        consumed.setRelease(consumed.getPlain() + 1);
        return taken;
    }

    /** A slot of the ring's kind that is in no place of it. */
    public FrameSlot newSpare() {
        final FrameSlot slot = new FrameSlot(memory.take(width, height), featureCount);
        made.add(slot);
        return slot;
    }

    /** Gives all pictures back, those that the consumer holds too. Once, when no thread looks at any of them. */
    public void close() {
        made.forEach(slot -> memory.give(slot.ownPicture()));
        made.clear();
    }
}
