package dev.mouthpiece.device.warp;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Draws warps: map, texture over the still ground, paint, light. Belongs to one thread; allocates nothing once made.
 *
 * <p>Colours are added up with 8 bits of fraction. Loops are short and do one thing each, for C2 makes vectors of such; only
 * the texture's loop is scalar.
 */
public final class WarpPainter {
    private static final int ONE = 256;
    private static final int TOP = 0xffff;

    private final WarpLayout layout;
    private final int side;
    private final LatticeRows mapX;
    private final LatticeRows mapY;
    private final LatticeRows light;
    private final InsetRows[] insets;
    /** Where each pixel of the row comes from, in texels with 8 bits of fraction. */
    private final int[] u;

    private final int[] v;
    private final int[] texel;
    private final int[] weightOfRight;
    private final int[] weightOfLower;
    private final int[] weightOfBoth;
    private final long[] mixed;
    private final int[][] colours;
    private final byte[] bytes;
    private final float toTexels;

    public WarpPainter(WarpLayout layout) {
        this.layout = layout;
        side = layout.side();
        toTexels = (side - 1) / 2f;
        mapX = new LatticeRows(layout.lattice(), layout.lattice(), side, side);
        mapY = new LatticeRows(layout.lattice(), layout.lattice(), side, side);
        final WarpLayout.Light lit = layout.light();
        light = new LatticeRows(lit.columns(), lit.rows(), lit.width(), lit.height());
        final List<WarpLayout.Inset> boxes = layout.insets();
        insets = new InsetRows[boxes.size()];
        for (int i = 0; i < insets.length; i++) {
            insets[i] = new InsetRows(boxes.get(i), layout.insetAt(i), side);
        }
        u = new int[side];
        v = new int[side];
        texel = new int[side];
        weightOfRight = new int[side];
        weightOfLower = new int[side];
        weightOfBoth = new int[side];
        mixed = new long[side];
        colours = new int[3][side];
        bytes = new byte[side];
    }

    /**
     * Draws one warp.
     *
     * @param warps rows of {@link WarpLayout#floats()}
     * @param warpAt index of the warp's first float
     * @param out planar RGB [3, side, side] goes here
     * @param outAt index of its first byte
     * @throws IllegalArgumentException if the texture has another size
     * @throws IndexOutOfBoundsException if a buffer is too short
     */
    public void paint(FloatBuffer warps, int warpAt, WarpTexture texture, ByteBuffer out, int outAt) {
        if (texture.side() != side) {
            throw new IllegalArgumentException("a texture of " + side + " pixels a side is wanted: " + texture.side());
        }
        begin(warps, warpAt);
        for (int y = 0; y < side; y++) {
            map(y);
            for (InsetRows inset : insets) {
                inset.map(y, u, v);
            }
            sample(texture);
            spread(texture.ground(), y * side);
            for (InsetRows inset : insets) {
                inset.paint(y, colours, true);
            }
            shine(y);
            for (InsetRows inset : insets) {
                inset.paint(y, colours, false);
            }
            store(out, outAt + y * side);
        }
    }

    private void begin(FloatBuffer warps, int at) {
        final float low = -WarpTexture.MARGIN;
        final float high = side - 1 + WarpTexture.MARGIN;
        warps.get(at, mapX.nodes());
        warps.get(at + mapX.nodes().length, mapY.nodes());
        mapX.begin(toTexels, toTexels, low, high);
        mapY.begin(toTexels, toTexels, low, high);
        warps.get(at + layout.lightAt(), light.nodes());
        light.begin(1, 0, 0, ONE);
        for (InsetRows inset : insets) {
            inset.begin(warps, at);
        }
    }

    private void map(int y) {
        fixed(mapX.row(y), u);
        fixed(mapY.row(y), v);
    }

    private static void fixed(float[] values, int[] out) {
        for (int x = 0; x < out.length; x++) {
            out[x] = (int) ((values[x] + WarpTexture.MARGIN) * ONE + 0.5f);
        }
    }

    /** Bilinear, all four channels at once. The four weights add up to exactly {@link #ONE}. */
    private void sample(WarpTexture texture) {
        final int stride = texture.stride();
        for (int x = 0; x < side; x++) {
            texel[x] = (v[x] >> 8) * stride + (u[x] >> 8);
        }
        for (int x = 0; x < side; x++) {
            weightOfBoth[x] = ((u[x] & 0xff) * (v[x] & 0xff) + WarpTexture.HALF) >> 8;
        }
        for (int x = 0; x < side; x++) {
            weightOfRight[x] = (u[x] & 0xff) - weightOfBoth[x];
        }
        for (int x = 0; x < side; x++) {
            weightOfLower[x] = (v[x] & 0xff) - weightOfBoth[x];
        }
        final long[] texels = texture.texels();
        for (int x = 0; x < side; x++) {
            final int at = texel[x];
            final int right = weightOfRight[x];
            final int lower = weightOfLower[x];
            final int both = weightOfBoth[x];
            mixed[x] = texels[at] * (ONE - right - lower - both)
                    + texels[at + 1] * right
                    + texels[at + stride] * lower
                    + texels[at + stride + 1] * both;
        }
    }

    /** Takes the lanes apart and puts the ground behind them. */
    private void spread(int[] ground, int row) {
        final int[] red = colours[0];
        final int[] green = colours[1];
        final int[] blue = colours[2];
        for (int x = 0; x < side; x++) {
            final long lanes = mixed[x];
            int r = (int) (lanes >>> 48) + WarpTexture.HALF;
            int g = (int) (lanes >>> 32 & TOP) + WarpTexture.HALF;
            int b = ((int) lanes >>> 16) + WarpTexture.HALF;
            final int through = (int) lanes & TOP;
            if (through != 0) {
                final int weight = WarpTexture.groundWeight(through);
                final int still = ground[row + x];
                r += (still >>> 16) * weight;
                g += (still >>> 8 & 0xff) * weight;
                b += (still & 0xff) * weight;
            }
            red[x] = r;
            green[x] = g;
            blue[x] = b;
        }
    }

    private void shine(int y) {
        final WarpLayout.Light box = layout.light();
        if (y < box.y() || y >= box.y() + box.height()) {
            return;
        }
        final float[] factors = light.row(y - box.y());
        for (int[] colour : colours) {
            for (int x = 0; x < factors.length; x++) {
                colour[box.x() + x] = (int) (colour[box.x() + x] * factors[x]);
            }
        }
    }

    private void store(ByteBuffer out, int at) {
        for (int channel = 0; channel < colours.length; channel++) {
            final int[] colour = colours[channel];
            for (int x = 0; x < side; x++) {
                bytes[x] = (byte) (Math.max(0, Math.min(colour[x], TOP)) >> 8);
            }
            out.put(at + channel * side * side, bytes, 0, side);
        }
    }
}
