package dev.mouthpiece.device.warp;

/**
 * Which columns of each row may show anything but the still ground, for the warp that is being drawn, and in which of these the map
 * leads to where the ground cannot be seen.
 *
 * <p>The nodes of a map say how far it leads at most. So a pixel is the ground's alone if the texture has nothing so near.
 */
final class DrawnColumns {
    /** Columns begin and end at multiples of this: whole vectors. */
    private static final int STEP = 16;

    private final int side;
    private final float[] restX;
    private final float[] restY;
    private final int[] from;
    private final int[] to;
    private final int[] coveredFrom;
    private final int[] coveredTo;

    /**
     * @param side pixels of the patch a side
     * @param lattice nodes of the map a side
     */
    DrawnColumns(int side, int lattice) {
        this.side = side;
        restX = new float[lattice * lattice];
        restY = new float[lattice * lattice];
        for (int i = 0; i < restX.length; i++) {
            restX[i] = (float) (i % lattice * (side - 1.0) / (lattice - 1));
            restY[i] = (float) (Math.floorDiv(i, lattice) * (side - 1.0) / (lattice - 1));
        }
        from = new int[side];
        to = new int[side];
        coveredFrom = new int[side];
        coveredTo = new int[side];
    }

    /**
     * Starts over.
     *
     * @param mapX nodes, in pixels of the texture
     * @param mapY nodes, likewise
     */
    void begin(WarpTexture texture, float[] mapX, float[] mapY) {
        final int aside = reach(mapX, restX);
        final int along = reach(mapY, restY);
        for (int y = 0; y < side; y++) {
            seek(texture, y, along);
            // A pixel takes from two columns: its map's and the next.
            from[y] -= WarpTexture.MARGIN + aside + 1;
            to[y] -= WarpTexture.MARGIN - aside;
            coveredFrom[y] -= WarpTexture.MARGIN - aside;
            coveredTo[y] -= WarpTexture.MARGIN + aside + 1;
        }
    }

    /** In columns of the texture, for all its rows that the map may lead to. */
    private void seek(WarpTexture texture, int y, int along) {
        final int first = Math.max(0, y + WarpTexture.MARGIN - along);
        final int last = Math.min(texture.stride() - 1, y + WarpTexture.MARGIN + along + 1);
        int start = texture.stride();
        int end = 0;
        int coveredStart = 0;
        int coveredEnd = texture.stride();
        for (int row = first; row <= last; row++) {
            start = Math.min(start, texture.start(row));
            end = Math.max(end, texture.end(row));
            coveredStart = Math.max(coveredStart, texture.coveredStart(row));
            coveredEnd = Math.min(coveredEnd, texture.coveredEnd(row));
        }
        from[y] = start;
        to[y] = end;
        coveredFrom[y] = coveredStart;
        coveredTo[y] = coveredEnd;
    }

    /** Pixels that no node is moved by, and one more for what adding up rows loses. */
    private static int reach(float[] nodes, float[] rest) {
        int most = 0;
        for (int i = 0; i < nodes.length; i++) {
            most = Math.max(most, Math.abs((int) ((nodes[i] - rest[i]) * 256)));
        }
        return (most >> 8) + 2;
    }

    /** Draws a box too. */
    void add(int x, int y, int width, int height) {
        for (int row = y; row < y + height; row++) {
            from[row] = Math.min(from[row], x);
            to[row] = Math.max(to[row], x + width);
        }
    }

    /** The first column to draw, 0 to the side. */
    int from(int y) {
        return Math.clamp(from[y] & -STEP, 0, side);
    }

    /** The column after the last to draw; no less than {@link #from}. */
    int to(int y) {
        return Math.clamp((to[y] + STEP - 1) & -STEP, from(y), side);
    }

    /** The first drawn column before which no ground is seen, but where an inset leads elsewhere. */
    int coveredFrom(int y) {
        return Math.clamp(coveredFrom[y], from(y), to(y));
    }

    /** The column after the last of these; no less than {@link #coveredFrom}. */
    int coveredTo(int y) {
        return Math.clamp(coveredTo[y], coveredFrom(y), to(y));
    }
}
