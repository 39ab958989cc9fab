package dev.mouthpiece.worker.avatar;

import java.awt.image.Raster;

/** Rows of a four-colour JPEG, which Java decodes to raw ink values only. Mixed as plain inks, without a press's profile. */
final class CmykRows implements RgbRows {
    /** A file without Adobe's marker holds inks as they are; with it, inverted. */
    static final int NO_ADOBE_MARKER = -1;

    private static final int YCCK = 2;

    private final Raster raster;
    private final int adobeTransform;
    private final int[] inks;

    CmykRows(Raster raster, int adobeTransform) {
        this.raster = raster;
        this.adobeTransform = adobeTransform;
        this.inks = new int[raster.getWidth() * 4];
    }

    @Override
    public int width() {
        return raster.getWidth();
    }

    @Override
    public int height() {
        return raster.getHeight();
    }

    @Override
    public void read(int y, byte[] rgb) {
        raster.getPixels(0, y, width(), 1, inks);
        for (int x = 0; x < width(); x++) {
            final int first = inks[x * 4];
            final int second = inks[x * 4 + 1];
            final int third = inks[x * 4 + 2];
            final int last = inks[x * 4 + 3];
            if (adobeTransform == NO_ADOBE_MARKER) {
                mix(rgb, x, 255 - first, 255 - second, 255 - third, 255 - last);
            } else if (adobeTransform == YCCK) {
                final float blue = second - 128f;
                final float red = third - 128f;
                final int cyan = clamp(first + 1.402f * red);
                final int magenta = clamp(first - 0.344136f * blue - 0.714136f * red);
                final int yellow = clamp(first + 1.772f * blue);
                mix(rgb, x, 255 - cyan, 255 - magenta, 255 - yellow, last);
            } else {
                mix(rgb, x, first, second, third, last);
            }
        }
    }

    private static void mix(byte[] rgb, int x, int red, int green, int blue, int light) {
        rgb[x * 3] = (byte) (red * light / 255);
        rgb[x * 3 + 1] = (byte) (green * light / 255);
        rgb[x * 3 + 2] = (byte) (blue * light / 255);
    }

    private static int clamp(float value) {
        return Math.clamp(Math.round(value), 0, 255);
    }
}
