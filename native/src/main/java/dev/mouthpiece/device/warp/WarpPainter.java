package dev.mouthpiece.device.warp;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Draws warps: map, texture over the still ground, paint, light. Belongs to one thread; allocates nothing once made.
 *
 * <p>Colours are added up with 8 bits of fraction. Where nothing but the ground can be seen, its bytes are copied.
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
    /** Where each drawn pixel of the row comes from, in texels with 8 bits of fraction. Index 0 is the first that is drawn. */
    private final int[] u;

    private final int[] v;
    private final DrawnColumns columns;
    private final SampledRow sampled;
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
        columns = new DrawnColumns(side, layout.lattice());
        sampled = new SampledRow(side);
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
        begin(warps, warpAt, texture);
        out.put(outAt, texture.groundPlanes(), 0, colours.length * side * side);
        for (int y = 0; y < side; y++) {
            final int from = columns.from(y);
            final int to = columns.to(y);
            map(y, from, to - from);
            ground(texture.ground(), y, from, to);
            sampled.sample(texture, u, v, colours, to - from);
            for (InsetRows inset : insets) {
                inset.paint(y, colours, from, true);
            }
            shine(y, from);
            for (InsetRows inset : insets) {
                inset.paint(y, colours, from, false);
            }
            store(to - from, out, outAt + y * side + from);
        }
    }

    private void begin(FloatBuffer warps, int at, WarpTexture texture) {
        final float low = -WarpTexture.MARGIN;
        final float high = side - 1 + WarpTexture.MARGIN;
        warps.get(at, mapX.nodes());
        warps.get(at + mapX.nodes().length, mapY.nodes());
        mapX.begin(toTexels, toTexels, low, high);
        mapY.begin(toTexels, toTexels, low, high);
        warps.get(at + layout.lightAt(), light.nodes());
        light.begin(1, 0, 0, ONE);
        columns.begin(texture, mapX.nodes(), mapY.nodes());
        final WarpLayout.Light lit = layout.light();
        columns.add(lit.x(), lit.y(), lit.width(), lit.height());
        for (InsetRows inset : insets) {
            inset.begin(warps, at);
            inset.addTo(columns);
        }
    }

    private void map(int y, int from, int count) {
        fixed(mapX.row(y), from, u, count);
        fixed(mapY.row(y), from, v, count);
        for (InsetRows inset : insets) {
            inset.map(y, u, v, from);
        }
    }

    private static void fixed(float[] values, int from, int[] out, int count) {
        for (int x = 0; x < count; x++) {
            out[x] = (int) ((values[from + x] + WarpTexture.MARGIN) * ONE + 0.5f);
        }
    }

    private void ground(int[] ground, int y, int from, int to) {
        final int row = y * side;
        final int coveredFrom = columns.coveredFrom(y);
        final int coveredTo = columns.coveredTo(y);
        sampled.ground(ground, row + from, 0, coveredFrom - from);
        sampled.ground(ground, row + coveredTo, coveredTo - from, to - coveredTo);
        for (InsetRows inset : insets) {
            inset.ground(y, ground, sampled, from);
        }
    }

    private void shine(int y, int from) {
        final WarpLayout.Light box = layout.light();
        if (y < box.y() || y >= box.y() + box.height()) {
            return;
        }
        final float[] factors = light.row(y - box.y());
        final int left = box.x() - from;
        for (int[] colour : colours) {
            for (int x = 0; x < factors.length; x++) {
                colour[left + x] = (int) (colour[left + x] * factors[x]);
            }
        }
    }

    private void store(int count, ByteBuffer out, int outAt) {
        for (int channel = 0; channel < colours.length; channel++) {
            cut(colours[channel], count);
            out.put(outAt + channel * side * side, bytes, 0, count);
        }
    }

    private void cut(int[] colour, int count) {
        for (int x = 0; x < count; x++) {
            colour[x] = Math.max(0, Math.min(colour[x], TOP)) >> 8;
        }
        for (int x = 0; x < count; x++) {
            bytes[x] = (byte) colour[x];
        }
    }
}
