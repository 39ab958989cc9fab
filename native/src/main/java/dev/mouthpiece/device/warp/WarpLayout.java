package dev.mouthpiece.device.warp;

import java.util.List;

/**
 * What the numbers of one warp say, and in which order they stand. A warp is a row of float32:
 *
 * <pre>
 *   map      x [lattice, lattice], y [lattice, lattice]
 *   light    [light.rows, light.columns]                factors, over the light's box
 *   inset    left, top (px), painted (0 or 1),          once for each inset, in their order
 *            x [height, width], y [height, width],
 *            red, green, blue, share [height, width]
 * </pre>
 *
 * <p>A map says for a pixel of the patch where its colour comes from, in units of the texture as {@code grid_sample} counts them: -1 is
 * the centre of the first pixel of a row or column, 1 that of the last. Lattices span their boxes from the centre of the first pixel
 * to that of the last; between their nodes is bilinear. Colours are levels of 0 to 255 with one half added, which rounds them
 * when they are cut to bytes.
 *
 * @param side pixels of the patch, and of the texture, a side
 * @param lattice nodes of the map a side
 * @param light where factors make the texture lighter or darker
 * @param insets boxes with maps and paint of their own, later ones over earlier ones
 */
public record WarpLayout(int side, int lattice, Light light, List<Inset> insets) {
    private static final int PLACE = 3;
    private static final int PAINT = 4;

    /**
     * @throws IllegalArgumentException if something has no size, or a box does not fit into the patch
     */
    public WarpLayout {
        insets = List.copyOf(insets);
        if (side < 2 || lattice < 2 || lattice > side) {
            throw new IllegalArgumentException("side and lattice must be 2 or more, and the lattice no finer than the"
                    + " patch: side=" + side + " lattice=" + lattice);
        }
        light.checkWithin(side);
        for (Inset inset : insets) {
            inset.checkWithin(side);
        }
    }

    /**
     * A lattice of factors over a box.
     *
     * @param x the box's first column
     * @param y its first row
     * @param columns nodes a row of the lattice
     * @param rows nodes a column
     */
    public record Light(int x, int y, int width, int height, int columns, int rows) {
        private void checkWithin(int side) {
            if (x < 0 || y < 0 || x + width > side || y + height > side) {
                throw new IllegalArgumentException("the light's box must lie within " + side + " pixels: " + this);
            }
            if (columns < 2 || rows < 2 || columns > width || rows > height) {
                throw new IllegalArgumentException(
                        "a lattice must have 2 nodes or more a side, and no more than its box has pixels: " + this);
            }
        }
    }

    /**
     * A box whose place comes with each warp.
     *
     * @param adds whether its map is added to the patch's; else it takes its place
     * @param lit whether its paint lies under the light; else over it
     */
    public record Inset(int width, int height, boolean adds, boolean lit) {
        private void checkWithin(int side) {
            if (width < 1 || height < 1 || width > side || height > side) {
                throw new IllegalArgumentException("an inset must have 1 to " + side + " pixels a side: " + this);
            }
        }

        int pixels() {
            return width * height;
        }

        private int floats() {
            return PLACE + (2 + PAINT) * pixels();
        }
    }

    int lightAt() {
        return 2 * lattice * lattice;
    }

    int insetAt(int index) {
        int at = lightAt() + light.columns * light.rows;
        for (int i = 0; i < index; i++) {
            at += insets.get(i).floats();
        }
        return at;
    }

    /** Floats of one warp. */
    public int floats() {
        return insetAt(insets.size());
    }
}
