package dev.mouthpiece.device;

import java.nio.ByteBuffer;

/** Pictures as interleaved RGB bytes [height, width, 3] to and from I420 frames. For pictures made once, not per frame. */
public final class Rgb {
    // BT.601 backwards, scaled by 2^16: 255/219, then (255/224) times 1.402, 0.344136, 0.714136 and 1.772.
    private static final int Y_SCALE = 76309;
    private static final int R_V = 104597;
    private static final int G_U = -25675;
    private static final int G_V = -53279;
    private static final int B_U = 132201;

    private Rgb() {}

    /** The bytes that a picture takes. */
    public static int sizeBytes(int width, int height) {
        return 3 * width * height;
    }

    /**
     * Converts a picture. Chroma is that of the average of each 2x2 block; at an odd edge, of the pixels there are.
     *
     * @param rgb interleaved RGB bytes, read from index 0 on, absolutely
     * @param out gives the size and receives the picture
     * @throws IndexOutOfBoundsException if the picture is smaller than the frame
     */
    public static void toI420(ByteBuffer rgb, I420Frame out) {
        final ByteBuffer data = out.data();
        for (int row = 0; row < out.height(); row++) {
            for (int column = 0; column < out.width(); column++) {
                final int pixel = 3 * (row * out.width() + column);
                final int luma = Bt601.y(value(rgb, pixel), value(rgb, pixel + 1), value(rgb, pixel + 2));
                data.put(row * out.width() + column, (byte) luma);
            }
        }
        for (int row = 0; row < out.chromaHeight(); row++) {
            for (int column = 0; column < out.chromaWidth(); column++) {
                final int r = blockSum(rgb, out, column, row, 0);
                final int g = blockSum(rgb, out, column, row, 1);
                final int b = blockSum(rgb, out, column, row, 2);
                final int index = row * out.chromaWidth() + column;
                data.put(out.lumaBytes() + index, (byte) Bt601.u(r, g, b));
                data.put(out.vOffset() + index, (byte) Bt601.v(r, g, b));
            }
        }
    }

    /** Sum of one channel over a block, its odd edge's pixels taken twice. */
    private static int blockSum(ByteBuffer rgb, I420Frame frame, int column, int row, int channel) {
        final int left = 2 * column;
        final int right = Math.min(left + 1, frame.width() - 1);
        final int above = 2 * row * frame.width();
        final int below = Math.min(2 * row + 1, frame.height() - 1) * frame.width();
        return value(rgb, 3 * (above + left) + channel)
                + value(rgb, 3 * (above + right) + channel)
                + value(rgb, 3 * (below + left) + channel)
                + value(rgb, 3 * (below + right) + channel);
    }

    /**
     * Converts a frame back, each pixel with its block's chroma.
     *
     * @param rgb receives interleaved RGB bytes from index 0 on, absolutely
     * @throws IndexOutOfBoundsException if the picture is smaller than the frame
     */
    public static void fromI420(I420Frame frame, ByteBuffer rgb) {
        final ByteBuffer data = frame.data();
        for (int row = 0; row < frame.height(); row++) {
            for (int column = 0; column < frame.width(); column++) {
                final int chroma = row / 2 * frame.chromaWidth() + column / 2;
                final int u = value(data, frame.lumaBytes() + chroma) - 128;
                final int v = value(data, frame.vOffset() + chroma) - 128;
                final int luma = Y_SCALE * (value(data, row * frame.width() + column) - 16);
                final int pixel = 3 * (row * frame.width() + column);
                rgb.put(pixel, level(luma + R_V * v));
                rgb.put(pixel + 1, level(luma + G_U * u + G_V * v));
                rgb.put(pixel + 2, level(luma + B_U * u));
            }
        }
    }

    private static int value(ByteBuffer bytes, int index) {
        return bytes.get(index) & 0xff;
    }

    private static byte level(int scaled) {
        return (byte) Math.clamp((scaled + (1 << 15)) >> 16, 0, 255);
    }
}
