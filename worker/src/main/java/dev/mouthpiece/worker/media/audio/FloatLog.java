package dev.mouthpiece.worker.media.audio;

/**
 * A bounded log of mono samples that one thread writes, reads and releases. Positions count from its birth. Released
 * chunks are used again.
 */
public final class FloatLog {
    private static final int CHUNK_SAMPLES = 1 << 14;
    private static final float[] NONE = new float[0];

    private final float[][] chunks;
    private long appended;
    private long released;
    private long recycled;
    private long opened;
    private int allocated;

    /** @param capacitySamples the most samples kept; rounded up to chunks of 16384 */
    public FloatLog(long capacitySamples) {
        chunks = new float[Math.toIntExact(capacitySamples / CHUNK_SAMPLES + 2)][0];
    }

    public long appended() {
        return appended;
    }

    /** Samples that may be appended now. */
    public long roomSamples() {
        return (long) (chunks.length - 1) * CHUNK_SAMPLES - (appended - released);
    }

    /**
     * Appends {@code length} samples; the caller has asked {@link #roomSamples}.
     *
     * @throws IllegalStateException when full
     */
    public void append(float[] source, int length) {
        if (length > roomSamples()) {
            throw new IllegalStateException("log is full: length=" + length + " room=" + roomSamples());
        }
        int done = 0;
        while (done < length) {
            final int inChunk = (int) (appended % CHUNK_SAMPLES);
            final int n = Math.min(length - done, CHUNK_SAMPLES - inChunk);
            System.arraycopy(source, done, chunkFor(appended), inChunk, n);
            done += n;
            appended += n;
        }
    }

    /**
     * Copies samples [position, position+length) to {@code target}; what lies outside [from, to) is zero.
     *
     * @param from first sample that counts, inside what is kept or at its end
     * @param to end of what counts
     */
    public void read(long position, long from, long to, float[] target, int offset, int length) {
        for (int i = 0; i < length; ) {
            final long at = position + i;
            if (at < from || at >= to) {
                final long until = at < from ? Math.min(from, position + length) : position + length;
                final int n = (int) (until - at);
                java.util.Arrays.fill(target, offset + i, offset + i + n, 0f);
                i += n;
                continue;
            }
            final int inChunk = (int) (at % CHUNK_SAMPLES);
            final int n = (int) Math.min(Math.min(length - i, CHUNK_SAMPLES - inChunk), to - at);
            System.arraycopy(chunkFor(at), inChunk, target, offset + i, n);
            i += n;
        }
    }

    /** Gives up what lies before {@code position}. */
    public void release(long position) {
        released = Math.max(released, position);
    }

    /** Chunks that it holds. */
    int chunkCount() {
        return allocated;
    }

    private float[] chunkFor(long position) {
        final long number = position / CHUNK_SAMPLES;
        if (number == opened) {
            chunks[(int) (number % chunks.length)] = released / CHUNK_SAMPLES > recycled ? recycle() : allocate();
            opened++;
        }
        return chunks[(int) (number % chunks.length)];
    }

    private float[] recycle() {
        final int at = (int) (recycled % chunks.length);
        final float[] chunk = chunks[at];
        chunks[at] = NONE;
        recycled++;
        return chunk;
    }

    private float[] allocate() {
        allocated++;
        return new float[CHUNK_SAMPLES];
    }
}
