package dev.mouthpiece.worker.session;

import java.util.Locale;
import java.util.Optional;

/** How large the picture is; {@code MOCK} is the test pattern. */
public enum Quality {
    MOCK,
    LITE,
    STANDARD,
    PRO;

    /** The word for it, on the wire and in the database. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The quality of that word. */
    public static Optional<Quality> find(String word) {
        for (final Quality quality : values()) {
            if (quality.word().equals(word)) {
                return Optional.of(quality);
            }
        }
        return Optional.empty();
    }
}
