package dev.mouthpiece.worker.avatar;

import com.drew.metadata.Metadata;
import com.drew.metadata.adobe.AdobeJpegDirectory;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.jpeg.JpegDirectory;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.InflaterInputStream;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.NodeList;

/** Decodes one picture whose header has been checked. Used once. */
final class PictureDecoder {
    /** No frame shows more than a fraction of such a picture; what follows costs memory by the pixel. */
    static final int HALVE_ABOVE_PX = 4096;

    private static final int CMYK = 4;
    private static final int MAX_ICC_BYTES = 4 << 20;

    private final String name;
    private final PictureFormat format;
    private final ImageReader reader;
    private final @Nullable Metadata metadata;
    private boolean isCutShort;

    PictureDecoder(String name, PictureFormat format, ImageReader reader, @Nullable Metadata metadata) {
        this.name = name;
        this.format = format;
        this.reader = reader;
        this.metadata = metadata;
    }

    Picture decode() throws IOException {
        // The JPEG decoder paints what is missing grey and only warns.
        reader.addIIOReadWarningListener((source, warning) -> isCutShort |= tellsOfMissingData(warning));
        final RgbRows rows =
                switch (format) {
                    case JPEG -> jpeg();
                    case PNG -> new ImageRows(toSrgb(reader.read(0), pngProfile()));
                    case WEBP -> new ImageRows(reader.read(0));
                };
        if (isCutShort) {
            throw PortraitReader.cutShort(name);
        }
        return toPicture(rows, orientation());
    }

    private static boolean tellsOfMissingData(String warning) {
        return warning.contains("Truncated") || warning.contains("premature end");
    }

    private RgbRows jpeg() throws IOException {
        final int components = jpegComponents();
        if (components == CMYK) {
            return new CmykRows(reader.readRaster(0, null), adobeTransform());
        }
        final var param = reader.getDefaultReadParam();
        if (components == 3) {
            // Naming an sRGB target makes the reader convert from an embedded profile.
            param.setDestinationType(ImageTypeSpecifier.createFromBufferedImageType(BufferedImage.TYPE_3BYTE_BGR));
        }
        return new ImageRows(reader.read(0, param));
    }

    private int adobeTransform() {
        final AdobeJpegDirectory adobe =
                metadata == null ? null : metadata.getFirstDirectoryOfType(AdobeJpegDirectory.class);
        final Integer transform = adobe == null ? null : adobe.getInteger(AdobeJpegDirectory.TAG_COLOR_TRANSFORM);
        return transform == null ? CmykRows.NO_ADOBE_MARKER : transform;
    }

    /** The profile of an iCCP chunk; null if there is none that can be used. */
    private @Nullable ICC_Profile pngProfile() {
        try {
            final IIOMetadata image = reader.getImageMetadata(0);
            final var root = (IIOMetadataNode) image.getAsTree(image.getNativeMetadataFormatName());
            final NodeList chunks = root.getElementsByTagName("iCCP");
            if (chunks.getLength() == 0
                    || !(((IIOMetadataNode) chunks.item(0)).getUserObject() instanceof byte[] deflated)) {
                return null;
            }
            try (var in = new InflaterInputStream(new ByteArrayInputStream(deflated))) {
                return ICC_Profile.getInstance(in.readNBytes(MAX_ICC_BYTES));
            }
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    /** Converts 8-bit RGB of another profile. Other kinds of pixels are taken as sRGB, as most viewers do. */
    private static BufferedImage toSrgb(BufferedImage image, @Nullable ICC_Profile profile) {
        final boolean isPlain =
                image.getType() == BufferedImage.TYPE_3BYTE_BGR || image.getType() == BufferedImage.TYPE_4BYTE_ABGR;
        if (profile == null || !isPlain || profile.getColorSpaceType() != ColorSpace.TYPE_RGB) {
            return image;
        }
        final WritableRaster raster = image.getRaster();
        final WritableRaster colour =
                raster.createWritableChild(0, 0, image.getWidth(), image.getHeight(), 0, 0, new int[] {0, 1, 2});
        final var from = new BufferedImage(
                new ComponentColorModel(
                        new ICC_ColorSpace(profile), false, false, ComponentColorModel.OPAQUE, DataBuffer.TYPE_BYTE),
                colour,
                false,
                null);
        final var to = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
        new ColorConvertOp(null).filter(from, to);
        colour.setRect((Raster) to.getRaster());
        return image;
    }

    private Orientation orientation() {
        if (metadata != null) {
            for (ExifIFD0Directory exif : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
                final Integer code = exif.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
                if (code != null) {
                    return Orientation.ofExif(code);
                }
            }
        }
        return Orientation.UPRIGHT;
    }

    private int jpegComponents() {
        final JpegDirectory jpeg = metadata == null ? null : metadata.getFirstDirectoryOfType(JpegDirectory.class);
        final Integer components = jpeg == null ? null : jpeg.getInteger(JpegDirectory.TAG_NUMBER_OF_COMPONENTS);
        return components == null ? 3 : components;
    }

    /** The rows of a decoded image on their way into the picture: turned, halved if need be. */
    private static Picture toPicture(RgbRows rows, Orientation orientation) {
        final int shrink = Math.max(rows.width(), rows.height()) > HALVE_ABOVE_PX ? 2 : 1;
        final int width = rows.width() / shrink;
        final int height = rows.height() / shrink;
        final int outWidth = orientation.swapsSides() ? height : width;
        final int outHeight = orientation.swapsSides() ? width : height;
        final ByteBuffer rgb = ByteBuffer.allocateDirect(outWidth * outHeight * 3);
        final byte[] row = new byte[rows.width() * 3];
        final byte[] next = new byte[rows.width() * 3];
        for (int y = 0; y < height; y++) {
            rows.read(y * shrink, row);
            if (shrink == 2) {
                rows.read(y * 2 + 1, next);
                halve(row, next, width);
            }
            int at = 3 * orientation.target(0, y, width, height);
            final int step = 3 * orientation.stepX(width, height);
            for (int x = 0; x < width; x++) {
                rgb.put(at, row[x * 3]);
                rgb.put(at + 1, row[x * 3 + 1]);
                rgb.put(at + 2, row[x * 3 + 2]);
                at += step;
            }
        }
        return new Picture(outWidth, outHeight, rgb);
    }

    /** Averages 2x2 pixels of two rows into the first {@code width} pixels of the first. */
    private static void halve(byte[] row, byte[] next, int width) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < 3; c++) {
                final int a = x * 6 + c;
                final int sum = (row[a] & 0xff) + (row[a + 3] & 0xff) + (next[a] & 0xff) + (next[a + 3] & 0xff);
                row[x * 3 + c] = (byte) ((sum + 2) >> 2);
            }
        }
    }
}
