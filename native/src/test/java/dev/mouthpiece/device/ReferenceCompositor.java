package dev.mouthpiece.device;

import java.nio.ByteBuffer;

/** The contract's picture by the book: RGB of the whole frame, then BT.601 in doubles, pixel by pixel. */
final class ReferenceCompositor {
    private final int width;
    private final int height;
    private final double[] rgb;

    ReferenceCompositor(StillFrame still, ByteBuffer patch, int patchOffset, int side, int x, int y) {
        width = still.width();
        height = still.height();
        rgb = new double[3 * width * height];
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                final boolean inPatch = column >= x && column < x + side && row >= y && row < y + side;
                for (int channel = 0; channel < 3; channel++) {
                    final int index = 3 * (row * width + column) + channel;
                    final int inPatchIndex = patchOffset + (channel * side + row - y) * side + column - x;
                    rgb[index] =
                            (inPatch ? patch.get(inPatchIndex) : still.rgb().get(index)) & 0xff;
                }
            }
        }
    }

    /** With the patch mapped into its place, bilinear, in doubles. */
    ReferenceCompositor(StillFrame still, ByteBuffer patch, int side, PatchPlace place, double opacity) {
        width = still.width();
        height = still.height();
        rgb = new double[3 * width * height];
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                final double u = (double) place.ux() * column + (double) place.uy() * row + place.u0();
                final double v = (double) place.vx() * column + (double) place.vy() * row + place.v0();
                final double inside = Math.min(Math.min(u + 0.5, side - 0.5 - u), Math.min(v + 0.5, side - 0.5 - v));
                final double share = inside < 0
                        ? 0
                        : place.feather() > 0 ? Math.min(1, inside / place.feather()) * opacity : opacity;
                for (int channel = 0; channel < 3; channel++) {
                    final int index = 3 * (row * width + column) + channel;
                    final double below = still.rgb().get(index) & 0xff;
                    rgb[index] = share == 0
                            ? below
                            : below + share * (sample(patch, channel * side * side, side, u, v) - below);
                }
            }
        }
    }

    private static double sample(ByteBuffer patch, int plane, int side, double u, double v) {
        final double column = Math.clamp(u, 0, side - 1.0);
        final double row = Math.clamp(v, 0, side - 1.0);
        final int c0 = (int) column;
        final int r0 = (int) row;
        final int c1 = Math.min(c0 + 1, side - 1);
        final int r1 = Math.min(r0 + 1, side - 1);
        final double above = mix(patch, plane + r0 * side + c0, plane + r0 * side + c1, column - c0);
        final double below = mix(patch, plane + r1 * side + c0, plane + r1 * side + c1, column - c0);
        return above + (below - above) * (row - r0);
    }

    private static double mix(ByteBuffer patch, int one, int other, double share) {
        final int level = patch.get(one) & 0xff;
        return level + ((patch.get(other) & 0xff) - level) * share;
    }

    /** Exact luma, not rounded. */
    double luma(int column, int row) {
        return 16 + 219 / 255.0 * grey(pixel(column, row));
    }

    /** Exact U, not rounded. */
    double u(int column, int row) {
        final double[] mean = mean(column, row);
        return 128 + 224 / 255.0 * (mean[2] - grey(mean)) / 1.772;
    }

    /** Exact V, not rounded. */
    double v(int column, int row) {
        final double[] mean = mean(column, row);
        return 128 + 224 / 255.0 * (mean[0] - grey(mean)) / 1.402;
    }

    private static double grey(double[] pixel) {
        return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    }

    /** Of the block's pixels that exist. */
    private double[] mean(int blockColumn, int blockRow) {
        final double[] sum = new double[3];
        int count = 0;
        for (int row = 2 * blockRow; row < Math.min(2 * blockRow + 2, height); row++) {
            for (int column = 2 * blockColumn; column < Math.min(2 * blockColumn + 2, width); column++) {
                final double[] pixel = pixel(column, row);
                for (int channel = 0; channel < 3; channel++) {
                    sum[channel] += pixel[channel];
                }
                count++;
            }
        }
        return new double[] {sum[0] / count, sum[1] / count, sum[2] / count};
    }

    private double[] pixel(int column, int row) {
        final int index = 3 * (row * width + column);
        return new double[] {rgb[index], rgb[index + 1], rgb[index + 2]};
    }
}
