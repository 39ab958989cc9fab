package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.film.Videos;
import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import dev.mouthpiece.worker.store.Avatars;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes pictures in: what a file tells about itself is checked while the caller waits; whether it shows a face, a worker finds out. Thread-safe. */
final class PictureIntake {
    /** Larger ones are refused, by upload and by URL. */
    static final int MAX_BYTES = 10 << 20;

    private static final int MAX_PIXELS = 40_000_000;

    /** A form around it. */
    static final int MAX_FORM_BYTES = MAX_BYTES + (256 << 10);

    private final Avatars avatars;

    /** Each takes 120 MB for a moment, at worst. */
    private final Semaphore atATime = new Semaphore(2);

    PictureIntake(Avatars avatars) {
        this.avatars = avatars;
    }

    /**
     * Keeps a picture's file. Returns what it is found by.
     *
     * @param kind what a file that cannot be used is called
     * @throws RequestException if it cannot be used
     */
    String keep(byte[] file, Kind kind, String param) {
        return keep(file, kind, param, name -> PortraitReader.read(name, file, MAX_PIXELS));
    }

    /** Likewise, of a short video too. */
    String keepPortrait(byte[] file, Kind kind, String param) {
        return keep(file, kind, param, name -> {
            if (Videos.isVideo(file)) {
                try (Footage footage = Videos.open(name, file)) {
                    footage.next();
                }
            } else {
                PortraitReader.read(name, file, MAX_PIXELS);
            }
        });
    }

    private String keep(byte[] file, Kind kind, String param, Consumer<String> reader) {
        if (file.length > MAX_BYTES) {
            throw RequestException.of(
                    Kind.TOO_LARGE, "image_too_large", "The file has more than " + (MAX_BYTES >> 20) + " MiB.", param);
        }
        atATime.acquireUninterruptibly();
        try {
            reader.accept("image");
        } catch (BadInputException e) {
            throw RequestException.of(kind, "invalid_image", sentence(e.getMessage()), param);
        } finally {
            atATime.release();
        }
        return avatars.keep(file);
    }

    private static String sentence(@Nullable String text) {
        final String message = String.valueOf(text);
        return Character.toUpperCase(message.charAt(0)) + message.substring(1) + ".";
    }
}
