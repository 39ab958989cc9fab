package dev.mouthpiece.device;

/**
 * Where a patch lies on a frame: pixel on pixel, or through an affine map for a model whose pictures have a size of their
 * own. Immutable; made once an avatar.
 *
 * <p>The map goes from the frame to the patch, pixel centres at whole numbers: column {@code ux*X + uy*Y + u0} and row
 * {@code vx*X + vy*Y + v0} of the patch are seen at the frame's (X, Y), bilinear with 8 bits of fraction.
 */
public final class PatchPlace {
    private final boolean exact;
    private final int x;
    private final int y;
    private final float ux;
    private final float uy;
    private final float u0;
    private final float vx;
    private final float vy;
    private final float v0;
    private final float feather;

    private PatchPlace(
            boolean exact, int x, int y, float ux, float uy, float u0, float vx, float vy, float v0, float feather) {
        this.exact = exact;
        this.x = x;
        this.y = y;
        this.ux = ux;
        this.uy = uy;
        this.u0 = u0;
        this.vx = vx;
        this.vy = vy;
        this.v0 = v0;
        this.feather = feather;
    }

    /**
     * Pixel on pixel, without a mask.
     *
     * @param x column of the frame where the patch's left edge lies; may be negative or beyond the frame
     * @param y row of the frame where its top edge lies, likewise
     */
    public static PatchPlace at(int x, int y) {
        return new PatchPlace(true, x, y, 1, 0, -(float) x, 0, 1, -(float) y, 0);
    }

    /**
     * Scaled into a box of the frame.
     *
     * @param left the box's left edge, in frame pixels from the frame's left edge; may lie outside
     * @param top its top edge, likewise
     * @param width more than 0
     * @param height more than 0
     * @param side columns and rows of the patch
     * @param feather patch pixels over which the border fades into the frame; 0 for a hard edge
     */
    public static PatchPlace scaled(double left, double top, double width, double height, int side, double feather) {
        final double perX = side / width;
        final double perY = side / height;
        return mapped(
                (float) perX,
                0,
                (float) ((0.5 - left) * perX - 0.5),
                0,
                (float) perY,
                (float) ((0.5 - top) * perY - 0.5),
                (float) feather);
    }

    /**
     * Through any affine map from the frame to the patch.
     *
     * @throws IllegalArgumentException if the map cannot be inverted or the feather is negative
     */
    public static PatchPlace mapped(float ux, float uy, float u0, float vx, float vy, float v0, float feather) {
        final float determinant = ux * vy - uy * vx;
        if (!Float.isFinite(determinant)
                || Math.abs(determinant) < 1e-9f
                || !Float.isFinite(u0)
                || !Float.isFinite(v0)
                || !(feather >= 0)) {
            throw new IllegalArgumentException("a place needs a map with an inverse and a feather of 0 or more: ux="
                    + ux + " uy=" + uy + " u0=" + u0 + " vx=" + vx + " vy=" + vy + " v0=" + v0 + " feather=" + feather);
        }
        return new PatchPlace(false, 0, 0, ux, uy, u0, vx, vy, v0, feather);
    }

    /** Whether it is pixel on pixel. */
    public boolean isExact() {
        return exact;
    }

    /** Column of the frame where an exact patch begins. */
    public int x() {
        return x;
    }

    /** Row of the frame where an exact patch begins. */
    public int y() {
        return y;
    }

    public float ux() {
        return ux;
    }

    public float uy() {
        return uy;
    }

    public float u0() {
        return u0;
    }

    public float vx() {
        return vx;
    }

    public float vy() {
        return vy;
    }

    public float v0() {
        return v0;
    }

    /** Patch pixels over which the border fades in. */
    public float feather() {
        return feather;
    }

    /** First column of a frame {@code width} wide that a patch of {@code side} may touch. */
    public int left(int side, int width) {
        return exact ? Math.clamp((long) x, 0, width) : edge(side, width, true, false);
    }

    /** The column after the last, likewise; not before {@link #left}. */
    public int right(int side, int width) {
        return exact ? Math.clamp((long) x + side, 0, width) : edge(side, width, true, true);
    }

    /** First row of a frame {@code height} high that a patch of {@code side} may touch. */
    public int top(int side, int height) {
        return exact ? Math.clamp((long) y, 0, height) : edge(side, height, false, false);
    }

    /** The row after the last, likewise. */
    public int bottom(int side, int height) {
        return exact ? Math.clamp((long) y + side, 0, height) : edge(side, height, false, true);
    }

    /** The furthest that one of the patch's corners lies in the frame, a pixel more for rounding. */
    private int edge(int side, int limit, boolean column, boolean far) {
        final double determinant = (double) ux * vy - (double) uy * vx;
        double best = far ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        for (int corner = 0; corner < 4; corner++) {
            final double u = ((corner & 1) == 0 ? -0.5 : side - 0.5) - u0;
            final double v = ((corner & 2) == 0 ? -0.5 : side - 0.5) - v0;
            final double at = column ? (vy * u - uy * v) / determinant : (ux * v - vx * u) / determinant;
            best = far ? Math.max(best, at) : Math.min(best, at);
        }
        return (int) Math.clamp(far ? Math.ceil(best) + 2 : Math.floor(best) - 1, 0.0, (double) limit);
    }

    /** How much of the patch shows at its point (u, v), 0..256, or -1 where the point lies outside. As the kernel. */
    int alpha(float u, float v, int side, float opacity) {
        final float last = side - 0.5f;
        if (!(u >= -0.5f && u < last && v >= -0.5f && v < last)) {
            return -1;
        }
        final float inside = Math.min(Math.min(u + 0.5f, last - u), Math.min(v + 0.5f, last - v));
        final float share = feather > 0 && inside < feather ? inside / feather : 1f;
        return (int) (share * opacity * 256f + 0.5f);
    }
}
