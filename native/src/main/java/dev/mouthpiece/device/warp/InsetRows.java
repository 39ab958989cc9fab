package dev.mouthpiece.device.warp;

import java.nio.FloatBuffer;

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
    private int left;
    private int top;
    private boolean painted;

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
    }

    void begin(FloatBuffer warps, int warp) {
        int at = warp + start;
        warps.get(at, place);
        left = Math.clamp((int) place[0], 0, side - box.width());
        top = Math.clamp((int) place[1], 0, side - box.height());
        painted = place[2] != 0;
        at += place.length;
        warps.get(at, mapX);
        at += box.pixels();
        warps.get(at, mapY);
        if (!painted) {
            return;
        }
        for (float[] channel : paint) {
            at += box.pixels();
            warps.get(at, channel);
        }
        at += box.pixels();
        warps.get(at, share);
    }

    private boolean holds(int y) {
        return y >= top && y < top + box.height();
    }

    /** Changes where the row's pixels come from, in texels with 8 bits of fraction. */
    void map(int y, int[] u, int[] v) {
        if (holds(y)) {
            final int row = (y - top) * box.width();
            move(mapX, row, u);
            move(mapY, row, v);
        }
    }

    private void move(float[] map, int row, int[] out) {
        final float scale = (side - 1) / 2f * 256;
        final int high = (side - 1 + 2 * WarpTexture.MARGIN) << 8;
        final int width = box.width();
        if (box.adds()) {
            for (int x = 0; x < width; x++) {
                // Cutting a positive number rounds down, and does so in vector code.
                out[left + x] += (int) (map[row + x] * scale + POSITIVE + 0.5f) - POSITIVE;
            }
        } else {
            final float offset = scale + 256 * WarpTexture.MARGIN + 0.5f;
            for (int x = 0; x < width; x++) {
                out[left + x] = (int) (map[row + x] * scale + offset);
            }
        }
        for (int x = 0; x < width; x++) {
            out[left + x] = Math.max(0, Math.min(high, out[left + x]));
        }
    }

    /** Lays its paint over the row's colours, levels with 8 bits of fraction. */
    void paint(int y, int[][] colours, boolean lit) {
        if (!painted || lit != box.lit() || !holds(y)) {
            return;
        }
        final int row = (y - top) * box.width();
        for (int channel = 0; channel < CHANNELS; channel++) {
            mix(colours[channel], paint[channel], row);
        }
    }

    private void mix(int[] colour, float[] over, int row) {
        final int width = box.width();
        for (int x = 0; x < width; x++) {
            final float under = colour[left + x];
            colour[left + x] = (int) (under + (over[row + x] * 256 - under) * share[row + x]);
        }
    }
}
