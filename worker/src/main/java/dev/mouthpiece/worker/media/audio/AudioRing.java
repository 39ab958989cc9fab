package dev.mouthpiece.worker.media.audio;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/**
 * Speech from the network callback to the device thread: one producer, one consumer, never blocking.
 *
 * <pre>
 *   START  epoch i64 | sampleRateHz i32 | channels i32
 *   PCM    s16le interleaved, whole samples, at most {@link #PIECE_BYTES}
 *   END    (empty)
 * </pre>
 *
 * <p>An interruption is no message: {@link #clear} raises the epoch, at once and even when the ring is full; what was
 * written before belongs to an older epoch and is dropped wherever it is met.
 */
public final class AudioRing {
    /** The longest piece of PCM in one message: 10 ms of eight channels at 192 kHz fit. */
    public static final int PIECE_BYTES = 1 << 15;

    static final int START = 1;
    static final int PCM = 2;
    static final int END = 3;
    static final int START_BYTES = Long.BYTES + 2 * Integer.BYTES;

    private final RingMemory memory;
    private final UnsafeBuffer claimed;
    private final RingBuffer ring;
    private final AtomicLong epoch = new AtomicLong();
    private final AtomicLong overflows = new AtomicLong();
    /** When the first sample of a segment came, by its ordinal. */
    private final AtomicLongArray firstSampleNs = new AtomicLongArray(AudioTimeline.MAX_SEGMENTS * 2);

    private final NanoClock clock;

    /** Whether the producer is at the memory, which then is not given back under its hands. */
    private volatile boolean isWriting;

    private volatile boolean isClosed;

    // Producer's thread.
    private long started;
    private boolean timed;
    private boolean open;
    private int frameBytes = 1;
    private boolean endPending;

    /**
     * An empty ring with memory of its own.
     *
     * @param capacityBytes a power of two, at least 8 × {@link #PIECE_BYTES}
     * @param clock tells when speech comes in
     */
    public AudioRing(int capacityBytes, NanoClock clock) {
        this(new RingMemory(capacityBytes), clock);
    }

    /**
     * An empty ring.
     *
     * @param memory gets it back by {@link #close}
     * @param clock tells when speech comes in
     */
    public AudioRing(RingMemory memory, NanoClock clock) {
        this.memory = memory;
        this.clock = clock;
        claimed = memory.take();
        ring = new OneToOneRingBuffer(claimed);
    }

    /**
     * Gives the memory back, unless the producer writes at this very moment: then the collector gets it. What is written from now on is swallowed. Consumer's
     * thread, once; nothing is read after it.
     */
    public void close() {
        isClosed = true;
        if (!isWriting) {
            memory.give(claimed);
        }
    }

    /** Begins a write; false after the close. */
    private boolean enter() {
        isWriting = true;
        if (isClosed) {
            isWriting = false;
            open = false;
            endPending = false;
            return false;
        }
        return true;
    }

    /** The current epoch: how often {@link #clear} was called. Any thread. */
    public long epoch() {
        return epoch.getAcquire();
    }

    /** How often a write found no room. Any thread. */
    public long overflows() {
        return overflows.get();
    }

    /**
     * A new segment begins; an open one ends here. Producer's thread.
     *
     * @return whether there was room; on false nothing was written
     */
    public boolean start(PcmFormat format) {
        if (!enter()) {
            return true;
        }
        try {
            return (!open || tryEnd()) && tryStart(format);
        } finally {
            isWriting = false;
        }
    }

    private boolean tryStart(PcmFormat format) {
        final int index = ring.tryClaim(START, START_BYTES);
        if (index < 0) {
            return overflow();
        }
        final MutableDirectBuffer buffer = ring.buffer();
        buffer.putLong(index, epoch.getPlain());
        buffer.putInt(index + Long.BYTES, format.sampleRateHz());
        buffer.putInt(index + Long.BYTES + Integer.BYTES, format.channels());
        ring.commit(index);
        started++;
        timed = false;
        open = true;
        frameBytes = format.frameBytes();
        return true;
    }

    /**
     * Speech of the open segment, between position and limit of {@code pcm}, whole samples. Producer's thread.
     *
     * @return bytes taken, from the position on, which moves; fewer than offered when the ring is full: an overflow
     * @throws IllegalStateException if no segment is open
     */
    public int write(ByteBuffer pcm) {
        if (!open && !isClosed) {
            throw new IllegalStateException("no segment is open");
        }
        if (!enter()) {
            final int swallowed = pcm.remaining();
            pcm.position(pcm.limit());
            return swallowed;
        }
        try {
            return tryWrite(pcm);
        } finally {
            isWriting = false;
        }
    }

    private int tryWrite(ByteBuffer pcm) {
        final int before = pcm.position();
        while (pcm.remaining() >= frameBytes) {
            final int n = Math.min(pcm.remaining(), PIECE_BYTES) / frameBytes * frameBytes;
            final int index = ring.tryClaim(PCM, n);
            if (index < 0) {
                overflow();
                break;
            }
            if (!timed) {
                firstSampleNs.setRelease((int) (started % firstSampleNs.length()), clock.nanoTime());
                timed = true;
            }
            ring.buffer().putBytes(index, pcm, pcm.position(), n);
            ring.commit(index);
            pcm.position(pcm.position() + n);
        }
        return pcm.position() - before;
    }

    /**
     * The open segment ends. Producer's thread.
     *
     * @return whether there was room; to be called again on false
     */
    public boolean end() {
        if ((!open && !endPending) || !enter()) {
            return true;
        }
        try {
            return tryEnd();
        } finally {
            isWriting = false;
        }
    }

    private boolean tryEnd() {
        open = false;
        final int index = ring.tryClaim(END, 0);
        endPending = index < 0;
        if (endPending) {
            return overflow();
        }
        ring.commit(index);
        return true;
    }

    /** Interrupts: everything written so far is void. Producer's thread. */
    public void clear() {
        epoch.setRelease(epoch.getPlain() + 1);
        open = false;
        endPending = false;
    }

    /** Whether a segment is open for {@link #write}. Producer's thread. */
    public boolean isOpen() {
        return open;
    }

    /** When the first sample of the segment of that ordinal came; it is one of those not released. Consumer's thread. */
    long firstSampleNs(long segment) {
        return firstSampleNs.getAcquire((int) (segment % firstSampleNs.length()));
    }

    /** Hands up to {@code limit} messages to {@code handler}. Consumer's thread. */
    int read(MessageHandler handler, int limit) {
        return ring.read(handler, limit);
    }

    private boolean overflow() {
        overflows.setRelease(overflows.getPlain() + 1);
        return false;
    }
}
