package dev.mouthpiece.worker.avatar;

/** How EXIF says that the stored rows and columns are to be turned to be upright. */
enum Orientation {
    UPRIGHT,
    MIRRORED,
    TURNED_180,
    FLIPPED,
    TRANSPOSED,
    TURNED_RIGHT,
    TRANSVERSED,
    TURNED_LEFT;

    private static final Orientation[] BY_EXIF = values();

    /** Orientation of EXIF's code 1..8; any other code counts as upright, as everywhere. */
    static Orientation ofExif(int code) {
        return code >= 1 && code <= BY_EXIF.length ? BY_EXIF[code - 1] : UPRIGHT;
    }

    /** Whether stored rows become columns. */
    boolean swapsSides() {
        return switch (this) {
            case UPRIGHT, MIRRORED, TURNED_180, FLIPPED -> false;
            case TRANSPOSED, TURNED_RIGHT, TRANSVERSED, TURNED_LEFT -> true;
        };
    }

    /** Index of the upright pixel that shows the stored pixel (x, y) of a stored picture of width by height. */
    int target(int x, int y, int width, int height) {
        return switch (this) {
            case UPRIGHT -> y * width + x;
            case MIRRORED -> y * width + (width - 1 - x);
            case TURNED_180 -> (height - 1 - y) * width + (width - 1 - x);
            case FLIPPED -> (height - 1 - y) * width + x;
            case TRANSPOSED -> x * height + y;
            case TURNED_RIGHT -> x * height + (height - 1 - y);
            case TRANSVERSED -> (width - 1 - x) * height + (height - 1 - y);
            case TURNED_LEFT -> (width - 1 - x) * height + y;
        };
    }

    /** How far {@link #target} moves from one stored pixel to the next of its row. */
    int stepX(int width, int height) {
        return target(1, 0, width, height) - target(0, 0, width, height);
    }
}
