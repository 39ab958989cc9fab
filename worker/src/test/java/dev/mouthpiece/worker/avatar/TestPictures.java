package dev.mouthpiece.worker.avatar;

import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;

/** Pictures that the tests make themselves, with the oddities that real files have. */
public final class TestPictures {
    /** 160x130: left half red, right half blue, lossy. */
    static final byte[] WEBP_LOSSY = Base64.getDecoder()
            .decode(
                    "UklGRqYAAABXRUJQVlA4IJoAAAAwCgCdASqgAIIAPtFosFGoJqSio4gBABoJZ27hc0D0NB+gfir+AAAd+y4EE9VPhFJugp7DmStkp"
                            + "EZKr+vIVSjmStkppz6+KJvT4kwxWJAdlxjkz+PeG/XkCAAA/v1nH/8/fVPm3//oQ7HhfVQTeQIGL98Qf/+hDseF9WD87"
                            + "VjUW9NoP8zZuo50qY/q6bWK/M9XrTU2Y+lhwAAA");

    /** 160x130: left half red, right half transparent, lossless. */
    static final byte[] WEBP_TRANSPARENT =
            Base64.getDecoder().decode("UklGRigAAABXRUJQVlA4TBsAAAAvn0AgEA8Q8x/zHwwxDaF/aZ8IFtH/CTASnxAA");

    private TestPictures() {}

    /** Four quarters: red, green / blue, white, each a quarter of the picture. */
    static BufferedImage quarters(int width, int height, int type) {
        final var image = new BufferedImage(width, height, type);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                final boolean isLeft = x < width / 2;
                image.setRGB(x, y, y < height / 2 ? isLeft ? 0xffff0000 : 0xff00ff00 : isLeft ? 0xff0000ff : -1);
            }
        }
        return image;
    }

    public static byte[] encode(BufferedImage image, String format) {
        final var out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, out)) {
                throw new IllegalArgumentException("cannot write as " + format + ": type=" + image.getType());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** The JPEG with an EXIF segment that holds nothing but the orientation. */
    static byte[] withOrientation(byte[] jpeg, int orientation) {
        final ByteBuffer tiff = ByteBuffer.allocate(6 + 8 + 2 + 12 + 4).order(ByteOrder.BIG_ENDIAN);
        tiff.put("Exif\0\0MM\0*".getBytes(StandardCharsets.ISO_8859_1)).putInt(8);
        tiff.putShort((short) 1)
                .putShort((short) 0x112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0);
        return withSegment(jpeg, 0xe1, tiff.array());
    }

    static byte[] withProfile(byte[] jpeg, ICC_Profile profile) {
        final byte[] icc = profile.getData();
        final ByteBuffer segment = ByteBuffer.allocate(14 + icc.length);
        segment.put("ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1))
                .put((byte) 1)
                .put((byte) 1)
                .put(icc);
        return withSegment(jpeg, 0xe2, segment.array());
    }

    /** A PNG of one colour that says it is of that profile. */
    static byte[] pngWithProfile(int width, int height, int rgb, ICC_Profile profile) {
        final var out = new ByteArrayOutputStream();
        final var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, rgb);
            }
        }
        final byte[] plain = encode(image, "png");
        final byte[] deflated = new byte[1 << 16];
        final var deflater = new Deflater();
        deflater.setInput(profile.getData());
        deflater.finish();
        final int length = deflater.deflate(deflated);
        deflater.end();
        final ByteBuffer chunk = ByteBuffer.allocate(5 + length);
        chunk.put("icc\0\0".getBytes(StandardCharsets.ISO_8859_1)).put(deflated, 0, length);
        final int afterHeader = 8 + 25;
        out.write(plain, 0, afterHeader);
        out.writeBytes(pngChunk("iCCP", chunk.array()));
        out.write(plain, afterHeader, plain.length - afterHeader);
        return out.toByteArray();
    }

    /** The first bytes of a PNG that promises that many pixels and brings none. */
    public static byte[] pngHeader(int width, int height) {
        final var out = new ByteArrayOutputStream();
        out.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
        final ByteBuffer header = ByteBuffer.allocate(13);
        header.putInt(width).putInt(height).put((byte) 8).put((byte) 2);
        out.writeBytes(pngChunk("IHDR", header.array()));
        out.writeBytes(pngChunk("IDAT", new byte[] {0x78, (byte) 0x9c, 3, 0, 0, 0, 0, 1}));
        out.writeBytes(pngChunk("IEND", new byte[0]));
        return out.toByteArray();
    }

    /** The first bytes of a lossless WebP of that size. */
    static byte[] webpHeader(int width, int height) {
        final ByteBuffer out = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.ISO_8859_1)).putInt(56);
        out.put("WEBPVP8L".getBytes(StandardCharsets.ISO_8859_1)).putInt(44).put((byte) 0x2f);
        out.putInt(width - 1 | (height - 1) << 14);
        return out.array();
    }

    /** An animated PNG, by its control chunk. */
    static byte[] animatedPng(byte[] png) {
        final var out = new ByteArrayOutputStream();
        final int afterHeader = 8 + 25;
        out.write(png, 0, afterHeader);
        out.writeBytes(pngChunk("acTL", new byte[] {0, 0, 0, 2, 0, 0, 0, 0}));
        out.write(png, afterHeader, png.length - afterHeader);
        return out.toByteArray();
    }

    /** The header of an animated WebP. */
    static byte[] animatedWebp() {
        final ByteBuffer out = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.ISO_8859_1)).putInt(22);
        out.put("WEBPVP8X".getBytes(StandardCharsets.ISO_8859_1)).putInt(10).put((byte) 2);
        return out.array();
    }

    /**
     * A four-colour JPEG of one colour.
     *
     * @param adobeTransform 0: inks; 2: YCCK; null: no Adobe marker
     */
    static byte[] fourColourJpeg(int width, int height, int[] stored, @Nullable Integer adobeTransform) {
        final WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 4, null);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                raster.setPixel(x, y, stored);
            }
        }
        final ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        final var out = new ByteArrayOutputStream();
        try (var stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(new IIOImage(raster, null, null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        if (adobeTransform == null) {
            return out.toByteArray();
        }
        final byte[] adobe = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, adobeTransform.byteValue()};
        return withSegment(out.toByteArray(), 0xee, adobe);
    }

    private static byte[] withSegment(byte[] jpeg, int marker, byte[] body) {
        final var out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.write(0xff);
        out.write(marker);
        out.write((body.length + 2) >> 8);
        out.write(body.length + 2 & 0xff);
        out.writeBytes(body);
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }

    private static byte[] pngChunk(String type, byte[] body) {
        final ByteBuffer chunk = ByteBuffer.allocate(12 + body.length);
        chunk.putInt(body.length)
                .put(type.getBytes(StandardCharsets.ISO_8859_1))
                .put(body);
        final var crc = new CRC32();
        crc.update(chunk.array(), 4, 4 + body.length);
        chunk.putInt((int) crc.getValue());
        return chunk.array();
    }

    static ByteArrayInputStream stream(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }
}
