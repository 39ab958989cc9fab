package dev.mouthpiece.worker.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The avatars that come along. */
public final class PlatformAvatars {
    /** The measuring model's test card. */
    public static final String PATTERN = "av_pattern";

    private static final List<PlatformAvatar> ALL = List.of(
            new PlatformAvatar("av_stock_001", "Stock 1"),
            new PlatformAvatar("av_stock_002", "Stock 2"),
            new PlatformAvatar("av_stock_003", "Stock 3"),
            new PlatformAvatar(PATTERN, "Test pattern"));

    private PlatformAvatars() {}

    /** An avatar that comes along. */
    public record PlatformAvatar(String id, String name) {
        /** When it came to be, as far as an API wants to know: they are as old as the project. */
        public static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");
    }

    /** All of them. */
    public static List<PlatformAvatar> all() {
        return ALL;
    }

    /** The one of that id. */
    public static Optional<PlatformAvatar> find(String id) {
        return ALL.stream().filter(avatar -> avatar.id().equals(id)).findFirst();
    }

    /** The picture of one that has a picture. */
    public static byte[] picture(String id) {
        try (InputStream in = PlatformAvatars.class.getResourceAsStream("/dev/mouthpiece/demo/" + id + ".jpg")) {
            if (in == null) {
                throw new IllegalStateException("portrait " + id + " did not come along");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
