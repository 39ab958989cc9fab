package dev.mouthpiece.worker.film;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.Picture;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** Videos that are bytes, as stores and callers of the API have them. Thread-safe. */
public final class Videos {
    /** Larger pictures only cost memory: they are made smaller. 4K, either way up. */
    private static final long MAX_PIXELS = 4096L * 2304;

    private Videos() {}

    /** Whether a file is a video, by its first bytes: MP4 or MOV, WebM or MKV, AVI. */
    public static boolean isVideo(byte[] file) {
        final String head = new String(file, 0, Math.min(file.length, 16), StandardCharsets.ISO_8859_1);
        if (head.startsWith("ftyp", 4)) {
            // Pictures come in that box too.
            return !head.startsWith("avi", 8)
                    && !head.startsWith("hei", 8)
                    && !head.startsWith("hev", 8)
                    && !head.startsWith("mif1", 8)
                    && !head.startsWith("msf1", 8);
        }
        return head.startsWith("\u001aE\u00df\u00a3") || (head.startsWith("RIFF") && head.startsWith("AVI ", 8));
    }

    /**
     * Opens one; the caller closes it.
     *
     * @throws BadInputException if there is no picture in it that can be decoded
     */
    public static Footage open(String name, byte[] file) {
        final Path copy = copy(file);
        try {
            return new Temporary(VideoReader.open(copy, name, MAX_PIXELS), copy);
        } catch (RuntimeException e) {
            delete(copy);
            throw e;
        }
    }

    /**
     * Its first picture, as PNG.
     *
     * @throws BadInputException if there is none
     */
    public static byte[] poster(String name, byte[] file) {
        try (Footage footage = open(name, file)) {
            final Picture first = footage.next();
            if (first == null) {
                throw new BadInputException("portrait " + name + " has no picture in it");
            }
            return png(first);
        }
    }

    private static byte[] png(Picture picture) {
        final var image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < picture.height(); y++) {
            for (int x = 0; x < picture.width(); x++) {
                final int at = 3 * (y * picture.width() + x);
                final int red = picture.rgb().get(at) & 0xff;
                final int green = picture.rgb().get(at + 1) & 0xff;
                final int blue = picture.rgb().get(at + 2) & 0xff;
                image.setRGB(x, y, (red << 16) | (green << 8) | blue);
            }
        }
        final var bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can be written", e);
        }
        return bytes.toByteArray();
    }

    private static Path copy(byte[] file) {
        try {
            return Files.write(Files.createTempFile("mouthpiece-", ".video"), file);
        } catch (IOException e) {
            throw new UncheckedIOException("the folder for temporary files takes no video: " + e.getMessage(), e);
        }
    }

    private static void delete(Path copy) {
        try {
            Files.deleteIfExists(copy);
        } catch (IOException e) {
            throw new UncheckedIOException(copy + " cannot be deleted: " + e.getMessage(), e);
        }
    }

    /** Takes its file away at the end. */
    private record Temporary(Footage footage, Path file) implements Footage {
        @Override
        public @Nullable Picture next() {
            return footage.next();
        }

        @Override
        public void close() {
            footage.close();
            delete(file);
        }
    }
}
