package dev.mouthpiece.device.warp;

import dev.mouthpiece.device.warp.WarpLayout.Inset;
import dev.mouthpiece.device.warp.WarpLayout.Light;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Layouts, textures and warps of chance, and what they must look like: written once more, in doubles and without any haste. */
final class Warps {
    final WarpLayout layout;
    final int side;
    final float[] texture;
    final float[] ground;
    final float[] warp;
    private final Random random;

    private Warps(Random random, WarpLayout layout) {
        this.random = random;
        this.layout = layout;
        side = layout.side();
        texture = new float[4 * side * side];
        ground = new float[3 * side * side];
        warp = new float[layout.floats()];
    }

    /**
     * @param noisy whether texels have nothing to do with their neighbours
     * @param still whether nothing moves, shines or is painted
     */
    static Warps random(Random random, boolean noisy, boolean still) {
        final int side = 16 + random.nextInt(60);
        final int width = 2 + random.nextInt(side - 1);
        final int height = 2 + random.nextInt(side - 1);
        final Light light = new Light(
                random.nextInt(side - width + 1),
                random.nextInt(side - height + 1),
                width,
                height,
                2 + random.nextInt(width - 1),
                2 + random.nextInt(height - 1));
        final List<Inset> insets = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            insets.add(new Inset(
                    1 + random.nextInt(side),
                    1 + random.nextInt(side),
                    still || random.nextBoolean(),
                    random.nextBoolean()));
        }
        final Warps made = new Warps(random, new WarpLayout(side, 2 + random.nextInt(side - 1), light, insets));
        made.fillPictures(noisy);
        made.fillWarp(still);
        return made;
    }

    private void fillPictures(boolean noisy) {
        final double turn = random.nextDouble() * 6;
        for (int i = 0; i < side * side; i++) {
            final int x = i % side;
            final int y = i / side;
            final double wave = Math.sin(x * 0.05 + turn) * Math.cos(y * 0.07 - turn);
            final float share = Math.clamp((float) (noisy ? random.nextDouble() * 2 - 0.5 : wave + 0.3), 0f, 1f);
            for (int channel = 0; channel < 3; channel++) {
                final float behind = noisy ? random.nextInt(256) : Math.round(127 + 90 * wave * (channel - 1));
                final float own = noisy ? random.nextInt(256) : Math.round(128 - 80 * wave * (channel - 0.5));
                // A picture has whole levels where it is at rest, whatever is ground and what is not.
                final int whole = Math.round(share * behind + (1 - share) * own);
                ground[channel * side * side + i] = behind;
                texture[4 * i + channel] = whole - share * behind + 0.5f;
            }
            texture[4 * i + 3] = share;
        }
    }

    /** Makes the texture a head: a circle that lets no ground through, and around it nothing but ground. */
    Warps headOnly() {
        final double radius = side * (0.1 + 0.4 * random.nextDouble());
        for (int i = 0; i < side * side; i++) {
            final boolean inside = Math.hypot(i % side - side / 2.0, Math.floorDiv(i, side) - side / 2.0) < radius;
            if (!inside) {
                Arrays.fill(texture, 4 * i, 4 * i + 3, 0.5f);
            }
            texture[4 * i + 3] = inside ? 0 : 1;
        }
        return this;
    }

    private void fillWarp(boolean still) {
        final int nodes = layout.lattice();
        final double step = 2.0 / (nodes - 1);
        for (int i = 0; i < nodes * nodes; i++) {
            final int column = i % nodes;
            final int row = i / nodes;
            warp[i] = (float) (column * step - 1 + (still ? 0 : random.nextGaussian() * 0.05));
            warp[nodes * nodes + i] = (float) (row * step - 1 + (still ? 0 : random.nextGaussian() * 0.05));
        }
        for (int i = layout.lightAt(); i < layout.insetAt(0); i++) {
            warp[i] = still ? 1 : 0.7f + random.nextFloat() * 0.6f;
        }
        for (int i = 0; i < layout.insets().size(); i++) {
            fillInset(layout.insets().get(i), layout.insetAt(i), still);
        }
    }

    private void fillInset(Inset inset, int at, boolean still) {
        final int pixels = inset.pixels();
        warp[at] = random.nextInt(side - inset.width() + 1);
        warp[at + 1] = random.nextInt(side - inset.height() + 1);
        warp[at + 2] = still || random.nextInt(3) == 0 ? 0 : 1;
        for (int i = 0; i < pixels; i++) {
            for (int axis = 0; axis < 2; axis++) {
                final double place =
                        2 * (warp[at + axis] + (axis == 0 ? i % inset.width() : i / inset.width())) / (side - 1) - 1;
                final double moved = random.nextGaussian() * 0.03;
                warp[at + 3 + axis * pixels + i] = still ? 0 : (float) (inset.adds() ? moved : place + moved);
            }
            for (int channel = 0; channel < 3; channel++) {
                warp[at + 3 + (2 + channel) * pixels + i] = random.nextFloat() * 255 + 0.5f;
            }
            warp[at + 3 + 5 * pixels + i] = random.nextInt(3) == 0 ? 0 : random.nextFloat();
        }
    }

    WarpTexture packed() {
        return WarpTexture.of(side, FloatBuffer.wrap(texture), FloatBuffer.wrap(ground));
    }

    /** The level that one pixel must have, before it is cut to a byte: half a level too many. */
    double expected(int x, int y, int channel) {
        final double[] from = new double[2];
        for (int axis = 0; axis < 2; axis++) {
            final int nodes = layout.lattice();
            final double limit = 2.0 * WarpTexture.MARGIN / (side - 1) + 1;
            final double[] cut = new double[nodes * nodes];
            for (int i = 0; i < cut.length; i++) {
                cut[i] = Math.clamp(warp[axis * nodes * nodes + i], -limit, limit);
            }
            from[axis] = lattice(cut, nodes, nodes, x / (side - 1.0), y / (side - 1.0));
        }
        for (int i = 0; i < layout.insets().size(); i++) {
            final int at = in(i, x, y);
            for (int axis = 0; at >= 0 && axis < 2; axis++) {
                final Inset inset = layout.insets().get(i);
                from[axis] = warp[layout.insetAt(i) + 3 + axis * inset.pixels() + at] + (inset.adds() ? from[axis] : 0);
            }
        }
        final double u = (from[0] + 1) / 2 * (side - 1);
        final double v = (from[1] + 1) / 2 * (side - 1);
        double level = texture(u, v, channel) + texture(u, v, 3) * ground[channel * side * side + y * side + x];
        level = painted(level, x, y, channel, true) * light(x, y);
        return painted(level, x, y, channel, false);
    }

    private double painted(double level, int x, int y, int channel, boolean lit) {
        double out = level;
        for (int i = 0; i < layout.insets().size(); i++) {
            final Inset inset = layout.insets().get(i);
            final int at = in(i, x, y);
            final int start = layout.insetAt(i) + 3;
            if (at >= 0 && inset.lit() == lit && warp[start - 1] != 0) {
                final float share = warp[start + 5 * inset.pixels() + at];
                out += (warp[start + (2 + channel) * inset.pixels() + at] - out) * share;
            }
        }
        return out;
    }

    /** Index within an inset, or -1. */
    private int in(int index, int x, int y) {
        final Inset inset = layout.insets().get(index);
        final int left = x - (int) warp[layout.insetAt(index)];
        final int top = y - (int) warp[layout.insetAt(index) + 1];
        final boolean inside = left >= 0 && top >= 0 && left < inset.width() && top < inset.height();
        return inside ? top * inset.width() + left : -1;
    }

    private double light(int x, int y) {
        final Light box = layout.light();
        if (x < box.x() || y < box.y() || x >= box.x() + box.width() || y >= box.y() + box.height()) {
            return 1;
        }
        final double[] nodes = new double[box.columns() * box.rows()];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = warp[layout.lightAt() + i];
        }
        return lattice(
                nodes,
                box.columns(),
                box.rows(),
                (x - box.x()) / (box.width() - 1.0),
                (y - box.y()) / (box.height() - 1.0));
    }

    private double texture(double u, double v, int channel) {
        final double cu = Math.clamp(u, 0, side - 1.0);
        final double cv = Math.clamp(v, 0, side - 1.0);
        final int left = Math.min((int) cu, side - 2);
        final int top = Math.min((int) cv, side - 2);
        double sum = 0;
        for (int corner = 0; corner < 4; corner++) {
            final int x = left + (corner & 1);
            final int y = top + (corner >> 1);
            sum += texture[4 * (y * side + x) + channel] * (1 - Math.abs(cu - x)) * (1 - Math.abs(cv - y));
        }
        return sum;
    }

    private static double lattice(double[] nodes, int columns, int rows, double x, double y) {
        final double cx = x * (columns - 1);
        final double cy = y * (rows - 1);
        final int left = Math.min((int) cx, columns - 2);
        final int top = Math.min((int) cy, rows - 2);
        double sum = 0;
        for (int corner = 0; corner < 4; corner++) {
            final int column = left + (corner & 1);
            final int row = top + (corner >> 1);
            sum += nodes[row * columns + column] * (1 - Math.abs(cx - column)) * (1 - Math.abs(cy - row));
        }
        return sum;
    }
}
