package dev.mouthpiece.worker.avatar;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import dev.mouthpiece.worker.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a portrait: PNG, JPEG or WebP, told by content, turned upright as EXIF says, laid over a quiet grey where it is
 * transparent, converted to sRGB where it carries another profile.
 *
 * <p>Everything that the header tells is checked before a pixel is decoded, so a small file cannot ask for much memory.
 * Pictures with a side above {@link PictureDecoder#HALVE_ABOVE_PX} are halved while reading: a frame never shows that much, and all
 * that follows costs memory by the pixel. Stateless.
 */
public final class PortraitReader {
    /** Below this there is no face to see. */
    public static final int MIN_SIDE_PX = 128;

    /** The longest side of a picture that is decoded: 67 megapixels at most, beyond any phone's portrait. */
    public static final int MAX_SIDE_PX = 8192;

    /** The largest file that is read: twice what a camera's best JPEG takes. */
    public static final int MAX_FILE_BYTES = 128 << 20;

    /** The largest WebP: its decoder is Java and takes a quarter of a microsecond a pixel, ten times what the others take. */
    public static final int MAX_WEBP_PIXELS = 4096 * 4096;

    private static final String WHAT_TO_GIVE = "give a PNG, JPEG or WebP";

    private PortraitReader() {}

    /**
     * Reads a file.
     *
     * @throws BadInputException if it cannot be used as a portrait
     */
    public static Picture read(Path file) {
        final String name = file.toString();
        if (!Files.exists(file)) {
            throw new BadInputException("portrait " + name + " does not exist");
        }
        if (!Files.isRegularFile(file)) {
            throw new BadInputException("portrait " + name + " is not a file: " + WHAT_TO_GIVE);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return read(name, in);
        } catch (IOException e) {
            throw new BadInputException("portrait " + name + " cannot be read: " + reason(e), e);
        }
    }

    /**
     * Reads a stream to its end.
     *
     * @param name what errors call the picture
     * @throws BadInputException if it cannot be used as a portrait
     */
    public static Picture read(String name, InputStream in) throws IOException {
        final byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
        if (bytes.length > MAX_FILE_BYTES) {
            throw new BadInputException("portrait " + name + " is larger than " + (MAX_FILE_BYTES >> 20)
                    + " MiB: save it smaller, frames are at most " + FrameSize.MAX_SIDE_PX + " px");
        }
        return decode(name, bytes, (long) MAX_SIDE_PX * MAX_SIDE_PX);
    }

    /**
     * Reads a file's bytes.
     *
     * @param maxPixels the most that is decoded: width times height
     * @throws BadInputException if it cannot be used as a portrait
     */
    public static Picture read(String name, byte[] bytes, long maxPixels) {
        return decode(name, bytes, maxPixels);
    }

    private static Picture decode(String name, byte[] bytes, long maxPixels) {
        final PictureFormat format = PictureFormat.sniff(bytes).orElse(null);
        if (format == null) {
            throw new BadInputException(
                    "portrait " + name + " " + PictureFormat.describeUnknown(bytes) + ": " + WHAT_TO_GIVE);
        }
        if (format.isAnimated(bytes)) {
            throw new BadInputException("portrait " + name + " is animated: give a still picture");
        }
        if (format.isCutShort(bytes)) {
            throw cutShort(name);
        }
        final ImageReader reader = newReader(format);
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(in, true, false);
            checkSize(name, format, reader.getWidth(0), reader.getHeight(0), maxPixels);
            return new PictureDecoder(name, format, reader, metadata(bytes)).decode();
        } catch (BadInputException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw new BadInputException("portrait " + name + " does not fit into memory: save it smaller", e);
        } catch (IOException | RuntimeException e) {
            // The decoders meet damage with whatever exception their arithmetic runs into.
            throw new BadInputException(
                    "portrait " + name + " is a damaged " + format + " (" + reason(e) + "): save it again", e);
        } finally {
            reader.dispose();
        }
    }

    static BadInputException cutShort(String name) {
        return new BadInputException("portrait " + name + " is cut short: copy or download it again");
    }

    private static void checkSize(String name, PictureFormat format, int width, int height, long maxPixels) {
        if (width > MAX_SIDE_PX || height > MAX_SIDE_PX) {
            throw new BadInputException("portrait " + name + " is too large: " + width + "x" + height
                    + " px, a side may have " + MAX_SIDE_PX + " px: scale it down");
        }
        if ((long) width * height > maxPixels) {
            throw new BadInputException("portrait " + name + " is too large: " + width + "x" + height
                    + " px, together they may have " + maxPixels / 1_000_000 + " million: scale it down");
        }
        if (format == PictureFormat.WEBP && width * height > MAX_WEBP_PIXELS) {
            throw new BadInputException("portrait " + name + " is too large for a WebP: " + width + "x" + height
                    + " px, together they may have " + MAX_WEBP_PIXELS / 1_000_000
                    + " million: scale it down or give a PNG or JPEG");
        }
        if (width < MIN_SIDE_PX || height < MIN_SIDE_PX) {
            throw new BadInputException("portrait " + name + " is too small: " + width + "x" + height
                    + " px, a side needs " + MIN_SIDE_PX + " px: give a larger picture");
        }
    }

    private static ImageReader newReader(PictureFormat format) {
        if (format == PictureFormat.WEBP) {
            return new WebPImageReaderSpi().createReaderInstance(null);
        }
        final Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.name());
        if (!readers.hasNext()) {
            throw new IllegalStateException("this Java has no reader for " + format);
        }
        return readers.next();
    }

    /** Orientation and colour facts. A picture whose metadata are damaged is read without them. */
    private static @Nullable Metadata metadata(byte[] bytes) {
        try {
            return ImageMetadataReader.readMetadata(new ByteArrayInputStream(bytes), bytes.length);
        } catch (ImageProcessingException | IOException | RuntimeException e) {
            return null;
        }
    }

    private static String reason(Throwable e) {
        final String message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
