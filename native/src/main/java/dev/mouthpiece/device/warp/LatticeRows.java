package dev.mouthpiece.device.warp;

/**
 * A lattice spread over a box of pixels, bilinear, one row after the other.
 *
 * <p>Between two rows of nodes a column's value grows by the same step from pixel to pixel. So nodes are spread along a row
 * only where a new row of them begins; every other row is one addition.
 */
final class LatticeRows {
    private final int columns;
    private final int rows;
    private final int width;
    private final int height;
    private final int[] cell;
    private final float[] share;
    private final float[] nodes;
    private final float[] values;
    private final float[] steps;
    private float[] above;
    private float[] below;
    private int band;

    LatticeRows(int columns, int rows, int width, int height) {
        this.columns = columns;
        this.rows = rows;
        this.width = width;
        this.height = height;
        cell = new int[width];
        share = new float[width];
        for (int x = 0; x < width; x++) {
            final double at = x * (columns - 1.0) / (width - 1);
            cell[x] = Math.min((int) at, columns - 2);
            share[x] = (float) (at - cell[x]);
        }
        nodes = new float[columns * rows];
        values = new float[width];
        steps = new float[width];
        above = new float[width];
        below = new float[width];
    }

    /** Nodes [rows, columns], to be filled before {@link #begin}. */
    float[] nodes() {
        return nodes;
    }

    /** Starts over with what {@link #nodes} holds now: its values times {@code scale} plus {@code offset}, cut to the bounds. */
    void begin(float scale, float offset, float low, float high) {
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = Math.max(low, Math.min(high, nodes[i] * scale + offset));
        }
        band = -1;
        spread(0, below);
    }

    /**
     * The next row's values. Valid until the next call; not to be written to.
     *
     * @param y rows come in their order, from 0 on, each once
     */
    float[] row(int y) {
        final double at = y * (rows - 1.0) / (height - 1);
        final int here = Math.min((int) at, rows - 2);
        if (here != band) {
            band = here;
            final float[] spare = above;
            above = below;
            below = spare;
            spread(here + 1, below);
            startBand((float) (at - here), (float) ((rows - 1.0) / (height - 1)));
        } else {
            for (int x = 0; x < width; x++) {
                values[x] += steps[x];
            }
        }
        return values;
    }

    private void startBand(float first, float perRow) {
        for (int x = 0; x < width; x++) {
            steps[x] = below[x] - above[x];
        }
        for (int x = 0; x < width; x++) {
            values[x] = above[x] + steps[x] * first;
        }
        for (int x = 0; x < width; x++) {
            steps[x] *= perRow;
        }
    }

    private void spread(int row, float[] out) {
        final int start = row * columns;
        for (int x = 0; x < width; x++) {
            final int left = start + cell[x];
            final float value = nodes[left];
            out[x] = value + (nodes[left + 1] - value) * share[x];
        }
    }
}
