package dev.mouthpiece.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * Two rows of planar RGB on their way into a frame: scratch of one thread, as wide as the widest span seen so far.
 *
 * <pre>
 *   column   origin (even)  left                        right (exclusive)
 *            | still        | patch ...            ...  | still |
 *            +------- block -------+------- block -------+------- block -------+
 * </pre>
 *
 * <p>A span consists of whole chroma blocks: what the patch leaves free of the first and the last one comes from the
 * still frame. The last block may reach one column beyond an odd frame; its last column then counts twice.
 */
final class RowPair {
    private static final int ROWS = 2;
    private static final int CHANNELS = 3;

    private final I420Rows rows = new I420Rows();
    private byte[] staging = new byte[0];
    private MemorySegment stagingBytes = MemorySegment.ofArray(staging);

    private int left;
    private int right;
    private int origin;
    private int pairs;

    /** Starts a patch that covers the frame's columns {@code left} to {@code right}, exclusive. */
    void begin(int left, int right) {
        this.left = left;
        this.right = right;
        origin = left & ~1;
        pairs = (right + 1) / 2 - origin / 2;
        rows.ensureCapacity(pairs);
        if (staging.length < right - left) {
            staging = new byte[right - left];
            stagingBytes = MemorySegment.ofArray(staging);
        }
    }

    /**
     * Fills row 0 or 1 from the patch, and from the frame's row {@code line} where the span is wider than the patch.
     *
     * @param offset the patch's byte that shows column {@code left}, in its red plane
     * @param planeBytes from one channel's plane to the next
     */
    void loadPatch(int row, ByteBuffer patch, int offset, int planeBytes, StillFrame still, int line) {
        final int columns = right - left;
        for (int channel = 0; channel < CHANNELS; channel++) {
            patch.get(offset + channel * planeBytes, staging, 0, columns);
            MemorySegment.copy(stagingBytes, 0, rows.rgb(row, channel), left - origin, columns);
        }
        if (left > origin) {
            loadPixel(row, origin, still, line, origin);
        }
        if ((right & 1) != 0) {
            if (right < still.width()) {
                loadPixel(row, right, still, line, right);
            } else {
                repeatLastPixel(row);
            }
        }
    }

    private void repeatLastPixel(int row) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            final MemorySegment bytes = rows.rgb(row, channel);
            bytes.set(ValueLayout.JAVA_BYTE, right - origin, bytes.get(ValueLayout.JAVA_BYTE, right - origin - 1));
        }
    }

    /** Fills row 0 or 1 from the frame's row {@code line}. */
    void loadStill(int row, StillFrame still, int line) {
        for (int column = origin; column < origin + ROWS * pairs; column++) {
            loadPixel(row, column, still, line, Math.min(column, still.width() - 1));
        }
    }

    private void loadPixel(int row, int column, StillFrame still, int line, int stillColumn) {
        final int pixel = 3 * (line * still.width() + stillColumn);
        for (int channel = 0; channel < CHANNELS; channel++) {
            final byte level = still.rgb().get(pixel + channel);
            rows.rgb(row, channel).set(ValueLayout.JAVA_BYTE, column - origin, level);
        }
    }

    /**
     * Lays the patch over what row 0 or 1 holds of the frame's row {@code line}. The same whole numbers as the kernel's, so
     * that both give the same bytes.
     *
     * @param width the frame's; columns beyond it repeat the last one
     */
    void blendPatch(
            int row, ByteBuffer patch, int offset, int side, PatchPlace place, float opacity, int line, int width) {
        for (int column = origin; column < origin + ROWS * pairs; column++) {
            final int x = Math.min(column, width - 1);
            final float u = place.ux() * x + place.uy() * line + place.u0();
            final float v = place.vx() * x + place.vy() * line + place.v0();
            final int alpha = place.alpha(u, v, side, opacity);
            if (alpha >= 0) {
                blendPixel(row, column - origin, patch, offset, side, u, v, alpha);
            }
        }
    }

    private void blendPixel(int row, int at, ByteBuffer patch, int offset, int side, float u, float v, int alpha) {
        final float cu = Math.clamp(u, 0f, (float) (side - 1));
        final float cv = Math.clamp(v, 0f, (float) (side - 1));
        final int column = (int) cu;
        final int line = (int) cv;
        final int nextColumn = Math.min(column + 1, side - 1);
        final int nextLine = Math.min(line + 1, side - 1);
        final int fu = (int) ((cu - column) * 256f);
        final int fv = (int) ((cv - line) * 256f);
        for (int channel = 0; channel < CHANNELS; channel++) {
            final int plane = offset + channel * side * side;
            final int above = level(patch, plane + line * side + column) * (256 - fu)
                    + level(patch, plane + line * side + nextColumn) * fu;
            final int below = level(patch, plane + nextLine * side + column) * (256 - fu)
                    + level(patch, plane + nextLine * side + nextColumn) * fu;
            final int sample = (above * (256 - fv) + below * fv + 32768) >> 16;
            final MemorySegment bytes = rows.rgb(row, channel);
            final int still = bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
            bytes.set(ValueLayout.JAVA_BYTE, at, (byte) ((sample * alpha + still * (256 - alpha) + 128) >> 8));
        }
    }

    private static int level(ByteBuffer bytes, int index) {
        return bytes.get(index) & 0xff;
    }

    /** Converts both rows and writes them to the frame's rows {@code line}, even, and {@code line + 1} where it exists. */
    void store(int line, I420Frame out) {
        rows.convert(pairs);
        final MemorySegment data = out.segment();
        final int width = out.width();
        final int columns = Math.min(2 * pairs, width - origin);
        MemorySegment.copy(rows.luma(0), 0, data, (long) line * width + origin, columns);
        if (line + 1 < out.height()) {
            MemorySegment.copy(rows.luma(1), 0, data, (long) (line + 1) * width + origin, columns);
        }
        final int chroma = line / 2 * out.chromaWidth() + origin / 2;
        MemorySegment.copy(rows.u(), 0, data, out.lumaBytes() + chroma, pairs);
        MemorySegment.copy(rows.v(), 0, data, out.vOffset() + chroma, pairs);
    }
}
