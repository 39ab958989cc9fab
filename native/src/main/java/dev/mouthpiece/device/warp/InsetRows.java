package dev.mouthpiece.device.warp;

import java.nio.FloatBuffer;
import java.util.Arrays;

/** One inset of the warp that is being drawn. */
final class InsetRows {
    private static final int CHANNELS = 3;
    /** More than any map leads aside. */
    private static final int POSITIVE = 1 << 17;

    private final WarpLayout.Inset box;
    private final int start;
    private final int side;
    private final float[] place = new float[3];
    private final float[] mapX;
    private final float[] mapY;
    private final float[][] paint;
    private final float[] share;
    private final float[] none;
    private int left;
    private int top;
    /** Rows whose paint shows. */
    private int firstShown;

    private int endShown;

    /**
     * @param start index of its first float in a warp
     * @param side pixels of the patch a side
     */
    InsetRows(WarpLayout.Inset box, int start, int side) {
        this.box = box;
        this.start = start;
        this.side = side;
        mapX = new float[box.pixels()];
        mapY = new float[box.pixels()];
        paint = new float[CHANNELS][box.pixels()];
        share = new float[box.pixels()];
        none = new float[box.pixels()];
    }

    void begin(FloatBuffer warps, int warp) {
        int at = warp + start;
        warps.get(at, place);
        left = Math.clamp((int) place[0], 0, side - box.width());
        top = Math.clamp((int) place[1], 0, side - box.height());
        at += place.length;
        warps.get(at, mapX);
        at += box.pixels();
        warps.get(at, mapY);
        firstShown = 0;
        endShown = 0;
        if (place[2] != 0) {
            readPaint(warps, at + box.pixels());
        }
    }

    /** Only of the rows that show some of it: mostly few do. */
    private void readPaint(FloatBuffer warps, int at) {
        warps.get(at + CHANNELS * box.pixels(), share);
        final int first = Arrays.mismatch(share, none);
        if (first < 0) {
            return;
        }
        firstShown = first / box.width();
        endShown = box.height();
        while (isBare(endShown - 1)) {
            endShown--;
        }
        final int start = firstShown * box.width();
        final int length = endShown * box.width() - start;
        for (int channel = 0; channel < CHANNELS; channel++) {
            warps.get(at + channel * box.pixels() + start, paint[channel], start, length);
        }
    }

    private boolean isBare(int row) {
        final int start = row * box.width();
        final int end = start + box.width();
        return Arrays.mismatch(share, start, end, none, start, end) < 0;
    }

    /** Has its box drawn. */
    void addTo(DrawnColumns columns) {
        columns.add(left, top, box.width(), box.height());
    }

    private boolean holds(int y) {
        return y >= top && y < top + box.height();
    }

    /** Changes where the row's pixels come from, in texels with 8 bits of fraction. */
    void map(int y, int[] u, int[] v, int from) {
        if (holds(y)) {
            final int row = (y - top) * box.width();
            move(mapX, row, u, left - from);
            move(mapY, row, v, left - from);
        }
    }

    /** Takes over the ground behind its row: where its map leads to, nobody knows before. */
    void ground(int y, int[] ground, SampledRow row, int from) {
        if (holds(y)) {
            row.ground(ground, y * side + left, left - from, box.width());
        }
    }

    private void move(float[] map, int row, int[] out, int at) {
        final float scale = (side - 1) / 2f * 256;
        final int high = (side - 1 + 2 * WarpTexture.MARGIN) << 8;
        final int width = box.width();
        if (box.adds()) {
            for (int x = 0; x < width; x++) {
                // Cutting a positive number rounds down, and does so in vector code.
                out[at + x] += (int) (map[row + x] * scale + POSITIVE + 0.5f) - POSITIVE;
            }
        } else {
            final float offset = scale + 256 * WarpTexture.MARGIN + 0.5f;
            for (int x = 0; x < width; x++) {
                out[at + x] = (int) (map[row + x] * scale + offset);
            }
        }
        for (int x = 0; x < width; x++) {
            out[at + x] = Math.max(0, Math.min(high, out[at + x]));
        }
    }

    /** Lays its paint over the row's colours, levels with 8 bits of fraction. */
    void paint(int y, int[][] colours, int from, boolean lit) {
        final int shown = y - top;
        if (lit != box.lit() || shown < firstShown || shown >= endShown) {
            return;
        }
        final int row = shown * box.width();
        for (int channel = 0; channel < CHANNELS; channel++) {
            mix(colours[channel], left - from, paint[channel], row);
        }
    }

    private void mix(int[] colour, int at, float[] over, int row) {
        final int width = box.width();
        for (int x = 0; x < width; x++) {
            final float under = colour[at + x];
            colour[at + x] = (int) (under + (over[row + x] * 256 - under) * share[row + x]);
        }
    }
}
