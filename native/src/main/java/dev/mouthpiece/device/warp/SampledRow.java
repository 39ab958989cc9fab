package dev.mouthpiece.device.warp;

/**
 * One row's texels, mixed of the four around each place, and the ground behind them.
 *
 * <p>Loops are short, begin at 0 and index all their arrays alike: of such C2 makes vectors. Only fetching the texels is not: two
 * reads a pixel, each of a texel and its right neighbour.
 */
final class SampledRow {
    private static final int ONE = 256;
    private static final int TOP = 0xffff;
    /** Of the four bytes of a texel, the two that an int has room to multiply at once. */
    private static final int EVERY_OTHER = 0xff00ff;

    private final int[] texel;
    private final int[] weightOfOwn;
    private final int[] weightOfRight;
    private final int[] weightOfLower;
    private final int[] weightOfBoth;
    /** The texel itself in the lower half, its right neighbour in the upper. */
    private final long[] upper;
    /** The same of the texture's next row. */
    private final long[] lower;
    /** Sums of the weighed texels: a channel in each half. */
    private final int[] redBlue;

    private final int[] throughGreen;
    private final int[] still;

    SampledRow(int side) {
        texel = new int[side];
        weightOfOwn = new int[side];
        weightOfRight = new int[side];
        weightOfLower = new int[side];
        weightOfBoth = new int[side];
        upper = new long[side];
        lower = new long[side];
        redBlue = new int[side];
        throughGreen = new int[side];
        still = new int[side];
    }

    /**
     * Takes over the ground of {@code count} pixels, for {@link #sample}. Where the texture covers it none is needed, whatever
     * stands here then: it is looked at with a weight of 0.
     */
    void ground(int[] ground, int from, int at, int count) {
        System.arraycopy(ground, from, still, at, count);
    }

    /**
     * Gives a run of {@code count} pixels: levels with 8 bits of fraction and half a level added.
     *
     * @param u where each pixel comes from, in texels with 8 bits of fraction
     * @param v the same, downwards
     * @param colours go here
     */
    void sample(WarpTexture texture, int[] u, int[] v, int[][] colours, int count) {
        place(texture.stride(), u, v, count);
        weigh(u, v, count);
        fetch(texture, count);
        mixRedBlue(count);
        mixThroughGreen(count);
        spread(colours[0], colours[1], colours[2], count);
    }

    private void place(int stride, int[] u, int[] v, int count) {
        for (int x = 0; x < count; x++) {
            texel[x] = (v[x] >> 8) * stride + (u[x] >> 8);
        }
    }

    /** Bilinear. The four weights add up to exactly {@link #ONE}. */
    private void weigh(int[] u, int[] v, int count) {
        for (int x = 0; x < count; x++) {
            final int right = u[x] & 0xff;
            final int below = v[x] & 0xff;
            final int both = (right * below + WarpTexture.HALF) >> 8;
            weightOfBoth[x] = both;
            weightOfRight[x] = right - both;
            weightOfLower[x] = below - both;
            weightOfOwn[x] = ONE - right - below + both;
        }
    }

    private void fetch(WarpTexture texture, int count) {
        final byte[] texels = texture.texels();
        final int stride = texture.stride();
        for (int x = 0; x < count; x++) {
            upper[x] = WarpTexture.pair(texels, texel[x]);
            lower[x] = WarpTexture.pair(texels, texel[x] + stride);
        }
    }

    private void mixRedBlue(int count) {
        for (int x = 0; x < count; x++) {
            redBlue[x] = ((int) upper[x] & EVERY_OTHER) * weightOfOwn[x]
                    + ((int) (upper[x] >>> 32) & EVERY_OTHER) * weightOfRight[x]
                    + ((int) lower[x] & EVERY_OTHER) * weightOfLower[x]
                    + ((int) (lower[x] >>> 32) & EVERY_OTHER) * weightOfBoth[x];
        }
    }

    private void mixThroughGreen(int count) {
        for (int x = 0; x < count; x++) {
            throughGreen[x] = ((int) (upper[x] >>> 8) & EVERY_OTHER) * weightOfOwn[x]
                    + ((int) (upper[x] >>> 40) & EVERY_OTHER) * weightOfRight[x]
                    + ((int) (lower[x] >>> 8) & EVERY_OTHER) * weightOfLower[x]
                    + ((int) (lower[x] >>> 40) & EVERY_OTHER) * weightOfBoth[x];
        }
    }

    /** Takes the channels apart and puts the ground behind them. */
    private void spread(int[] red, int[] green, int[] blue, int count) {
        for (int x = 0; x < count; x++) {
            final int weight = WarpTexture.groundWeight(throughGreen[x] >>> 16);
            red[x] = (redBlue[x] >>> 16) + WarpTexture.HALF + (still[x] >>> 16) * weight;
            green[x] = (throughGreen[x] & TOP) + WarpTexture.HALF + (still[x] >>> 8 & 0xff) * weight;
            blue[x] = (redBlue[x] & TOP) + WarpTexture.HALF + (still[x] & 0xff) * weight;
        }
    }
}
