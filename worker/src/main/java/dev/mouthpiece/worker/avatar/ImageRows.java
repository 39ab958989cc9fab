package dev.mouthpiece.worker.avatar;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/** Rows of an image that Java has decoded, over a background where they are transparent. */
final class ImageRows implements RgbRows {
    /** What shows behind transparent pictures: a light, slightly warm grey that no skin blends with. */
    static final int BACKGROUND_RGB = 0xd6d4d1;

    private final BufferedImage image;
    private final int[] pixels;

    ImageRows(BufferedImage image) {
        this.image = image;
        this.pixels = new int[image.getWidth() * 2];
    }

    @Override
    public int width() {
        return image.getWidth();
    }

    @Override
    public int height() {
        return image.getHeight();
    }

    @Override
    public void read(int y, byte[] rgb) {
        final Raster raster = image.getRaster();
        if (image.getType() == BufferedImage.TYPE_3BYTE_BGR && raster.getWidth() == width()) {
            final byte[] bgr = ((DataBufferByte) raster.getDataBuffer()).getData();
            for (int x = 0, from = y * width() * 3; x < width(); x++, from += 3) {
                rgb[x * 3] = bgr[from + 2];
                rgb[x * 3 + 1] = bgr[from + 1];
                rgb[x * 3 + 2] = bgr[from];
            }
        } else if (raster.getNumBands() <= 2 && !(image.getColorModel() instanceof IndexColorModel)) {
            readGrey(raster, y, rgb);
        } else {
            image.getRGB(0, y, width(), 1, pixels, 0, width());
            for (int x = 0; x < width(); x++) {
                final int argb = pixels[x];
                final int alpha = argb >>> 24;
                rgb[x * 3] = over(argb >> 16 & 0xff, alpha, BACKGROUND_RGB >> 16 & 0xff);
                rgb[x * 3 + 1] = over(argb >> 8 & 0xff, alpha, BACKGROUND_RGB >> 8 & 0xff);
                rgb[x * 3 + 2] = over(argb & 0xff, alpha, BACKGROUND_RGB & 0xff);
            }
        }
    }

    /** Grey as stored. Java's own conversion takes grey for linear light and brightens it. */
    private void readGrey(Raster raster, int y, byte[] rgb) {
        final int bands = raster.getNumBands();
        final int shift = raster.getSampleModel().getSampleSize(0) - 8;
        raster.getPixels(0, y, width(), 1, pixels);
        for (int x = 0; x < width(); x++) {
            final int grey = pixels[x * bands] >> shift;
            final int alpha = bands == 2 ? pixels[x * 2 + 1] >> shift : 255;
            rgb[x * 3] = over(grey, alpha, BACKGROUND_RGB >> 16 & 0xff);
            rgb[x * 3 + 1] = over(grey, alpha, BACKGROUND_RGB >> 8 & 0xff);
            rgb[x * 3 + 2] = over(grey, alpha, BACKGROUND_RGB & 0xff);
        }
    }

    private static byte over(int colour, int alpha, int background) {
        return (byte) ((colour * alpha + background * (255 - alpha) + 127) / 255);
    }
}
