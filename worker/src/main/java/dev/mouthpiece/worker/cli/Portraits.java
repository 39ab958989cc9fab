package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.AvatarCache;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.Picture;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.film.VideoReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** The pictures that a command names: files, or the demo portraits. */
final class Portraits {
    private Portraits() {}

    /** Reads the portrait of that name. */
    static Picture read(String name) {
        final Path file = Path.of(name);
        final URL demo = Files.exists(file) ? null : Demo.PORTRAITS.find(name);
        if (demo == null) {
            if (!Files.exists(file) && !name.contains(".")) {
                throw new BadInputException("portrait " + name + " does not exist" + Demo.PORTRAITS.hint());
            }
            return isVideo(name) ? first(file) : PortraitReader.read(file);
        }
        try (InputStream in = demo.openStream()) {
            return PortraitReader.read(name, in);
        } catch (IOException e) {
            throw new BadInputException("portrait " + name + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether that portrait is a video: {@link #footage} reads it, and {@link #read} its first picture. */
    static boolean isVideo(String name) {
        return VideoReader.isVideo(name);
    }

    /** Opens a video; the caller closes it. */
    static Footage footage(String name) {
        return VideoReader.open(Path.of(name));
    }

    private static Picture first(Path file) {
        try (Footage footage = VideoReader.open(file)) {
            final Picture picture = footage.next();
            if (picture == null) {
                throw new BadInputException("portrait " + file + " has no picture in it");
            }
            return picture;
        }
    }

    /** The SHA-256 of the portrait's file. */
    static String content(String name) {
        final Path file = Path.of(name);
        final URL demo = Files.exists(file) ? null : Demo.PORTRAITS.find(name);
        try (InputStream in = demo == null ? Files.newInputStream(file) : demo.openStream()) {
            return AvatarCache.sha256(in.readAllBytes());
        } catch (IOException e) {
            // Whoever reads it says what is wrong.
            return "unreadable " + UUID.randomUUID();
        }
    }

    /** What two names have in common that mean one picture. */
    static String identity(String name) {
        try {
            return Path.of(name).toRealPath().toString();
        } catch (IOException e) {
            return name;
        }
    }
}
