package dev.mouthpiece.worker.media.audio;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A bounded log of bytes between two threads: one appends, one reads and releases. Positions count from the log's
 * birth and never wrap.
 *
 * <p>Chunks are allocated when needed and used again once released, so that a session in its steady state allocates
 * nothing, and holds no more than it ever had to keep at once. The bound is {@code capacityBytes}: {@link #append} refuses what would pass it.
 */
public final class ByteLog {
    private static final int CHUNK_BYTES = 1 << 16;

    private final @Nullable ByteBuffer[] chunks;
    private final AtomicLong appended = new AtomicLong();
    private final AtomicLong released = new AtomicLong();

    // Writer's thread: chunks are numbered through; those before this one are used again or were never needed.
    private long recycled;
    private long opened;
    private int allocated;

    /** @param capacityBytes the most bytes between the released and the appended end; rounded up to chunks of 64 KiB */
    public ByteLog(long capacityBytes) {
        chunks = new @Nullable ByteBuffer[Math.toIntExact(capacityBytes / CHUNK_BYTES + 2)];
    }

    /** End of what was appended: the position of the next byte. Any thread. */
    public long appended() {
        return appended.get();
    }

    /** Start of what is kept. Any thread. */
    public long released() {
        return released.get();
    }

    /** Bytes that may be appended now. Writer's thread. */
    public long roomBytes() {
        return (long) (chunks.length - 1) * CHUNK_BYTES - (appended.get() - released.get());
    }

    /**
     * Appends {@code length} bytes, all or none. Writer's thread.
     *
     * @return whether there was room
     */
    public boolean append(org.agrona.DirectBuffer source, int offset, int length) {
        if (length > roomBytes()) {
            return false;
        }
        long at = appended.get();
        int done = 0;
        while (done < length) {
            final int inChunk = (int) (at % CHUNK_BYTES);
            final int n = Math.min(length - done, CHUNK_BYTES - inChunk);
            source.getBytes(offset + done, chunkToWrite(at / CHUNK_BYTES), inChunk, n);
            done += n;
            at += n;
        }
        appended.setRelease(at);
        return true;
    }

    /**
     * Copies {@code length} bytes from {@code position} on to {@code target} at its position, which moves. Reader's
     * thread.
     *
     * @throws IndexOutOfBoundsException if the bytes are not all in the log
     */
    public void read(long position, ByteBuffer target, int length) {
        if (position < released.get() || position + length > appended.getAcquire()) {
            throw new IndexOutOfBoundsException("not in the log: position=" + position + " length=" + length
                    + " released=" + released.get() + " appended=" + appended.get());
        }
        long at = position;
        int left = length;
        while (left > 0) {
            final int inChunk = (int) (at % CHUNK_BYTES);
            final int n = Math.min(left, CHUNK_BYTES - inChunk);
            target.put(target.position(), chunkToRead(at / CHUNK_BYTES), inChunk, n);
            target.position(target.position() + n);
            left -= n;
            at += n;
        }
    }

    /** Gives up what lies before {@code position}; going back is ignored. Reader's thread. */
    public void release(long position) {
        if (position > released.get()) {
            released.setRelease(position);
        }
    }

    /** Chunks that it holds. Writer's thread. */
    int chunkCount() {
        return allocated;
    }

    private ByteBuffer chunkToRead(long number) {
        return Objects.requireNonNull(chunks[(int) (number % chunks.length)], "what was appended has a chunk");
    }

    private ByteBuffer chunkToWrite(long number) {
        if (number == opened) {
            final ByteBuffer chunk = released.getAcquire() / CHUNK_BYTES > recycled ? recycle() : allocate();
            chunks[(int) (number % chunks.length)] = chunk;
            opened++;
        }
        return chunkToRead(number);
    }

    /** The oldest chunk that the reader has left behind. */
    private ByteBuffer recycle() {
        final int at = (int) (recycled % chunks.length);
        final ByteBuffer chunk = chunkToRead(recycled);
        chunks[at] = null;
        recycled++;
        return chunk;
    }

    private ByteBuffer allocate() {
        allocated++;
        return ByteBuffer.allocateDirect(CHUNK_BYTES);
    }
}
