package dev.mouthpiece.device;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * One picture as I420 (BT.601, limited range) in off-heap memory: the Y plane, then U, then V, rows without padding.
 *
 * <pre>
 *   0                      width*height                 + chromaWidth*chromaHeight
 *   +----------------------+----------------------------+----------------------------+
 *   | Y  width x height    | U  chromaWidth x chromaHeight | V  like U               |
 *   +----------------------+----------------------------+----------------------------+
 * </pre>
 *
 * <p>Chroma planes have (width+1)/2 columns and (height+1)/2 rows. A frame has one owner at a time; who holds it may
 * write it. It carries no time: the ring entry that transports it does.
 */
public final class I420Frame {
    private final int width;
    private final int height;
    private final ByteBuffer data;
    private final MemorySegment segment;
    private final long deviceAddress;

    /**
     * Allocates a black frame.
     *
     * @param width columns of the luma plane, 1..16384
     * @param height rows of the luma plane, 1..16384
     * @throws IllegalArgumentException if a side is out of range
     */
    public I420Frame(int width, int height) {
        this(width, height, ByteBuffer.allocateDirect(checkedBytes(width, height)), 0);
    }

    /**
     * A frame in memory of its maker, black.
     *
     * @param data direct, as large as the picture
     * @param deviceAddress where a device sees the same memory; 0 if none does
     */
    public I420Frame(int width, int height, ByteBuffer data, long deviceAddress) {
        if (data.capacity() != checkedBytes(width, height) || !data.isDirect()) {
            throw new IllegalArgumentException("a frame's memory must be direct and as large as the picture: width="
                    + width + " height=" + height + " bytes=" + data.capacity());
        }
        this.width = width;
        this.height = height;
        this.data = data;
        this.segment = MemorySegment.ofBuffer(data);
        this.deviceAddress = deviceAddress;
        for (int i = 0; i < lumaBytes(); i++) {
            data.put(i, (byte) 16);
        }
        for (int i = lumaBytes(); i < data.capacity(); i++) {
            data.put(i, (byte) 128);
        }
    }

    private static int checkedBytes(int width, int height) {
        if (width < 1 || width > 16384 || height < 1 || height > 16384) {
            throw new IllegalArgumentException("frame sides must be 1..16384: width=" + width + " height=" + height);
        }
        return sizeBytes(width, height);
    }

    /** The bytes that a frame of this size takes. */
    public static int sizeBytes(int width, int height) {
        return width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    public int chromaWidth() {
        return (width + 1) / 2;
    }

    public int chromaHeight() {
        return (height + 1) / 2;
    }

    /** Bytes of the luma plane: also the offset of U. */
    public int lumaBytes() {
        return width * height;
    }

    /** Offset of the V plane. */
    public int vOffset() {
        return lumaBytes() + chromaWidth() * chromaHeight();
    }

    /** The whole picture, position 0, limit at its end. Absolute access only: the buffer is shared. */
    public ByteBuffer data() {
        return data;
    }

    /** Where the process's device sees the picture; 0 in ordinary memory. */
    public long deviceAddress() {
        return deviceAddress;
    }

    /** {@link #data} as a segment, made once: the way to copy between frames without allocating. */
    MemorySegment segment() {
        return segment;
    }

    /** Copies the picture of {@code other}, a frame of the same size. */
    public void copyFrom(I420Frame other) {
        if (other.width != width || other.height != height) {
            throw new IllegalArgumentException("frames must be of one size: " + other.width + "x" + other.height
                    + " into " + width + "x" + height);
        }
        segment.copyFrom(other.segment);
    }
}
