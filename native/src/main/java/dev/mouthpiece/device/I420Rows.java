package dev.mouthpiece.device;

import java.lang.foreign.MemorySegment;

/**
 * Converts two rows of planar RGB to two rows of luma and one each of chroma, with C2's vector code.
 *
 * <p>C2 makes vectors of loops that are short and touch elements of one width only. So every array holds ints, each four
 * neighbouring bytes, every loop does one thing, and the bytes come and go through segments over the same arrays. Which
 * byte of an int comes first does not matter: all get the same treatment, and neighbours stay neighbours.
 */
final class I420Rows {
    private static final int LANES = 0x00ff00ff;

    private int capacityQuads;
    private int[] red0 = new int[0];
    private int[] green0 = new int[0];
    private int[] blue0 = new int[0];
    private int[] red1 = new int[0];
    private int[] green1 = new int[0];
    private int[] blue1 = new int[0];
    private int[] luma0 = new int[0];
    private int[] luma1 = new int[0];
    private int[] redSum = new int[0];
    private int[] greenSum = new int[0];
    private int[] blueSum = new int[0];
    private int[] chroma = new int[0];
    private short[] u = new short[0];
    private short[] v = new short[0];
    private MemorySegment[] rgbBytes = new MemorySegment[0];
    private MemorySegment[] lumaBytes = new MemorySegment[0];
    private MemorySegment uBytes = MemorySegment.ofArray(u);
    private MemorySegment vBytes = MemorySegment.ofArray(v);

    /** Makes room for rows of {@code pairs} pairs of pixels. Allocates where that is more than ever before. */
    void ensureCapacity(int pairs) {
        final int quads = (pairs + 1) / 2;
        if (quads <= capacityQuads) {
            return;
        }
        capacityQuads = quads;
        red0 = new int[quads];
        green0 = new int[quads];
        blue0 = new int[quads];
        red1 = new int[quads];
        green1 = new int[quads];
        blue1 = new int[quads];
        luma0 = new int[quads];
        luma1 = new int[quads];
        redSum = new int[quads];
        greenSum = new int[quads];
        blueSum = new int[quads];
        chroma = new int[quads];
        u = new short[quads];
        v = new short[quads];
        rgbBytes = segments(red0, green0, blue0, red1, green1, blue1);
        lumaBytes = segments(luma0, luma1);
        uBytes = MemorySegment.ofArray(u);
        vBytes = MemorySegment.ofArray(v);
    }

    private static MemorySegment[] segments(int[]... arrays) {
        final MemorySegment[] segments = new MemorySegment[arrays.length];
        for (int i = 0; i < arrays.length; i++) {
            segments[i] = MemorySegment.ofArray(arrays[i]);
        }
        return segments;
    }

    /** Row 0 or 1 of channel 0 (red) to 2, a byte a pixel: to be filled before {@link #convert}. */
    MemorySegment rgb(int row, int channel) {
        return rgbBytes[row * 3 + channel];
    }

    /** The luma of row 0 or 1, a byte a pixel. */
    MemorySegment luma(int row) {
        return lumaBytes[row];
    }

    /** A byte a pair of pixels. */
    MemorySegment u() {
        return uBytes;
    }

    /** A byte a pair of pixels. */
    MemorySegment v() {
        return vBytes;
    }

    /** Converts the first {@code pairs} pairs of pixels of both rows. */
    void convert(int pairs) {
        final int quads = (pairs + 1) / 2;
        lowLuma(red0, green0, blue0, luma0, quads);
        highLuma(red0, green0, blue0, luma0, quads);
        lowLuma(red1, green1, blue1, luma1, quads);
        highLuma(red1, green1, blue1, luma1, quads);

        blockSums(red0, red1, redSum, quads);
        blockSums(green0, green1, greenSum, quads);
        blockSums(blue0, blue1, blueSum, quads);
        lowU(redSum, greenSum, blueSum, chroma, quads);
        highU(redSum, greenSum, blueSum, chroma, quads);
        narrow(chroma, u, quads);
        lowV(redSum, greenSum, blueSum, chroma, quads);
        highV(redSum, greenSum, blueSum, chroma, quads);
        narrow(chroma, v, quads);
    }

    /** Luma of bytes 0 and 1; the others become 0. */
    private static void lowLuma(int[] red, int[] green, int[] blue, int[] luma, int quads) {
        for (int i = 0; i < quads; i++) {
            final int r = red[i];
            final int g = green[i];
            final int b = blue[i];
            luma[i] = Bt601.y(r & 0xff, g & 0xff, b & 0xff)
                    | Bt601.y((r >> 8) & 0xff, (g >> 8) & 0xff, (b >> 8) & 0xff) << 8;
        }
    }

    /** Luma of bytes 2 and 3, beside what is there. */
    private static void highLuma(int[] red, int[] green, int[] blue, int[] luma, int quads) {
        for (int i = 0; i < quads; i++) {
            final int r = red[i];
            final int g = green[i];
            final int b = blue[i];
            luma[i] |= Bt601.y((r >> 16) & 0xff, (g >> 16) & 0xff, (b >> 16) & 0xff) << 16
                    | Bt601.y((r >> 24) & 0xff, (g >> 24) & 0xff, (b >> 24) & 0xff) << 24;
        }
    }

    /** The sums of two 2x2 blocks in the halves of an int, each 0..1020. */
    private static void blockSums(int[] above, int[] below, int[] sums, int quads) {
        for (int i = 0; i < quads; i++) {
            final int a = above[i];
            final int b = below[i];
            sums[i] = (a & LANES) + ((a >>> 8) & LANES) + (b & LANES) + ((b >>> 8) & LANES);
        }
    }

    private static void lowU(int[] red, int[] green, int[] blue, int[] chroma, int quads) {
        for (int i = 0; i < quads; i++) {
            chroma[i] = Bt601.u(red[i] & 0xffff, green[i] & 0xffff, blue[i] & 0xffff);
        }
    }

    private static void highU(int[] red, int[] green, int[] blue, int[] chroma, int quads) {
        for (int i = 0; i < quads; i++) {
            chroma[i] |= Bt601.u(red[i] >>> 16, green[i] >>> 16, blue[i] >>> 16) << 8;
        }
    }

    private static void lowV(int[] red, int[] green, int[] blue, int[] chroma, int quads) {
        for (int i = 0; i < quads; i++) {
            chroma[i] = Bt601.v(red[i] & 0xffff, green[i] & 0xffff, blue[i] & 0xffff);
        }
    }

    private static void highV(int[] red, int[] green, int[] blue, int[] chroma, int quads) {
        for (int i = 0; i < quads; i++) {
            chroma[i] |= Bt601.v(red[i] >>> 16, green[i] >>> 16, blue[i] >>> 16) << 8;
        }
    }

    private static void narrow(int[] ints, short[] shorts, int quads) {
        for (int i = 0; i < quads; i++) {
            shorts[i] = (short) ints[i];
        }
    }
}
