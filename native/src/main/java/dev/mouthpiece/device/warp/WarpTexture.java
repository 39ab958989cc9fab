package dev.mouthpiece.device.warp;

import java.nio.FloatBuffer;

/**
 * One avatar's texture and the ground behind it, as the painter reads them. Immutable; any thread may read.
 *
 * <p>A texel is a long of four lanes of 16 bits: red, green, blue, and how much of the ground shows through. Each holds a byte, so
 * a weight of 0 to 256 multiplies all four at once. Around the texture lie {@link #MARGIN} texels that repeat its edge: maps that
 * lead a little outside need no check there.
 */
public final class WarpTexture {
    /** Maps are cut to this many pixels outside the texture. */
    static final int MARGIN = 8;

    /** Half a level in the fixed point that colours are added up in. */
    static final int HALF = 128;

    private final int side;
    private final int stride;
    private final long[] texels;
    private final int[] ground;

    private WarpTexture(int side, long[] texels, int[] ground) {
        this.side = side;
        this.stride = stride(side);
        this.texels = texels;
        this.ground = ground;
    }

    /**
     * Packs a texture.
     *
     * @param texture [side, side, 4]: levels times coverage with one half added, and the share of the ground, 0 to 1
     * @param ground [3, side, side]: levels
     * @throws IndexOutOfBoundsException if one is too short
     */
    public static WarpTexture of(int side, FloatBuffer texture, FloatBuffer ground) {
        final int[] packedGround = packGround(side, ground);
        final long[] inner = new long[side * side];
        for (int i = 0; i < inner.length; i++) {
            inner[i] = texel(texture, ground, packedGround[i], i, side * side);
        }
        final int stride = stride(side);
        final long[] texels = new long[stride * stride];
        for (int y = 0; y < stride; y++) {
            final int row = Math.clamp(y - MARGIN, 0, side - 1) * side;
            for (int x = 0; x < stride; x++) {
                texels[y * stride + x] = inner[row + Math.clamp(x - MARGIN, 0, side - 1)];
            }
        }
        return new WarpTexture(side, texels, packedGround);
    }

    private static int stride(int side) {
        // One more at the end: the right and lower neighbour of the last texel of the margin.
        return side + 2 * MARGIN + 1;
    }

    private static int[] packGround(int side, FloatBuffer ground) {
        final int plane = side * side;
        final int[] packed = new int[plane];
        for (int i = 0; i < plane; i++) {
            packed[i] =
                    level(ground.get(i)) << 16 | level(ground.get(plane + i)) << 8 | level(ground.get(2 * plane + i));
        }
        return packed;
    }

    /** Chosen such that texel and ground together give a pixel of whole levels exactly where nothing moves. */
    private static long texel(FloatBuffer texture, FloatBuffer ground, int packedGround, int at, int plane) {
        final float share = texture.get(4 * at + 3);
        int through = level(share * 255);
        int missing = 0;
        long texel = 0;
        do {
            // Rounded up, the share may let more of a bright ground through than the pixel has.
            through -= missing;
            missing = 0;
            final int weight = groundWeight(through << 8);
            texel = 0;
            for (int channel = 0; channel < 3; channel++) {
                final float whole = texture.get(4 * at + channel) - 0.5f + share * ground.get(channel * plane + at);
                final int behind = (packedGround >>> (16 - 8 * channel) & 0xff) * weight;
                final int own = Math.ceilDiv(Math.round(whole * 256) - HALF - behind, 256);
                missing |= own >>> 31;
                texel = texel << 16 | Math.clamp(own, 0, 255);
            }
        } while (missing > 0 && through > 0);
        return texel << 16 | through;
    }

    private static int level(float value) {
        return Math.clamp((int) Math.floor(value + 0.5f), 0, 255);
    }

    /** 0 to 256 for a share of the ground with 8 bits of fraction: 255 whole ones are all of it. */
    static int groundWeight(int share) {
        return (share + (share >> 8) + HALF) >> 8;
    }

    int side() {
        return side;
    }

    int stride() {
        return stride;
    }

    long[] texels() {
        return texels;
    }

    /** Levels [side * side]: red, green and blue in an int's lower bytes. */
    int[] ground() {
        return ground;
    }
}
