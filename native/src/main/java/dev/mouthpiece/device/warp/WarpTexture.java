package dev.mouthpiece.device.warp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * One avatar's texture and the ground behind it, as the painter reads them. Immutable; any thread may read.
 *
 * <p>A texel is an int of four bytes, from the highest: how much of the ground shows through, red, green, blue. Around the texture
 * lie {@link #MARGIN} texels that repeat its edge: maps that lead a little outside need no check there.
 */
public final class WarpTexture {
    /** Maps are cut to this many pixels outside the texture. */
    static final int MARGIN = 8;

    /** Half a level in the fixed point that colours are added up in. */
    static final int HALF = 128;

    /** Shows the ground and nothing else. */
    private static final int ALL_GROUND = 0xff000000;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final int side;
    private final int stride;
    private final byte[] texels;
    private final int[] starts;
    private final int[] ends;
    private final int[] coveredStarts;
    private final int[] coveredEnds;
    private final int[] ground;
    private final byte[] groundPlanes;

    private WarpTexture(int side, int[] inner, int[] ground) {
        this.side = side;
        this.stride = stride(side);
        this.ground = ground;
        texels = new byte[Integer.BYTES * stride * stride];
        starts = new int[stride];
        ends = new int[stride];
        coveredStarts = new int[stride];
        coveredEnds = new int[stride];
        for (int y = 0; y < stride; y++) {
            final int row = Math.clamp(y - MARGIN, 0, side - 1) * side;
            for (int x = 0; x < stride; x++) {
                final int texel = inner[row + Math.clamp(x - MARGIN, 0, side - 1)];
                INT.set(texels, Integer.BYTES * (y * stride + x), texel);
            }
            findEnds(y);
        }
        groundPlanes = planes(ground);
    }

    private void findEnds(int row) {
        starts[row] = stride;
        int run = 0;
        for (int x = 0; x < stride; x++) {
            final int texel = (int) INT.get(texels, Integer.BYTES * (row * stride + x));
            if (texel != ALL_GROUND) {
                starts[row] = Math.min(starts[row], x);
                ends[row] = x + 1;
            }
            run = texel >>> 24 == 0 ? run + 1 : 0;
            if (run > coveredEnds[row] - coveredStarts[row]) {
                coveredStarts[row] = x + 1 - run;
                coveredEnds[row] = x + 1;
            }
        }
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
        final int[] inner = new int[side * side];
        for (int i = 0; i < inner.length; i++) {
            inner[i] = texel(texture, ground, packedGround[i], i, side * side);
        }
        return new WarpTexture(side, inner, packedGround);
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

    private static byte[] planes(int[] ground) {
        final byte[] planes = new byte[3 * ground.length];
        for (int i = 0; i < ground.length; i++) {
            planes[i] = (byte) (ground[i] >> 16);
            planes[ground.length + i] = (byte) (ground[i] >> 8);
            planes[2 * ground.length + i] = (byte) ground[i];
        }
        return planes;
    }

    /** Chosen such that texel and ground together give a pixel of whole levels exactly where nothing moves. */
    private static int texel(FloatBuffer texture, FloatBuffer ground, int packedGround, int at, int plane) {
        final float share = texture.get(4 * at + 3);
        int through = level(share * 255);
        int missing = 0;
        int texel = 0;
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
                texel = texel << 8 | Math.clamp(own, 0, 255);
            }
        } while (missing > 0 && through > 0);
        return through << 24 | texel;
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

    /** Texels of [stride, stride], for {@link #pair}. */
    byte[] texels() {
        return texels;
    }

    /** A texel in the lower half and its right neighbour in the upper. */
    static long pair(byte[] texels, int index) {
        return (long) LONG.get(texels, Integer.BYTES * index);
    }

    /** The first column, of {@link #stride}, that shows more than the ground in a row of as many; {@link #stride} if none does. */
    int start(int row) {
        return starts[row];
    }

    /** The column after the last that does; 0 if none does. */
    int end(int row) {
        return ends[row];
    }

    /** Where the longest run of columns begins that let no ground through. */
    int coveredStart(int row) {
        return coveredStarts[row];
    }

    /** The column after that run. */
    int coveredEnd(int row) {
        return coveredEnds[row];
    }

    /** Levels [side * side]: red, green and blue in an int's lower bytes. */
    int[] ground() {
        return ground;
    }

    /** The same in planes [3, side, side]. */
    byte[] groundPlanes() {
        return groundPlanes;
    }
}
