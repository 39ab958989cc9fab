package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.store.SessionSpec;
import java.util.Objects;

/** Which face is shown. */
public sealed interface Portrait {
    /** What a session shows at first. */
    static Portrait of(SessionSpec spec) {
        final String avatar = spec.avatarId();
        if (spec.quality().equals(Quality.MOCK.word()) || PlatformAvatars.PATTERN.equals(avatar)) {
            return new Pattern();
        }
        if (spec.picture() != null) {
            return new Stored(spec.picture());
        }
        return new Platform(Objects.requireNonNull(avatar, "a session has an avatar or a picture"));
    }

    /** None: the measuring model's test card. */
    record Pattern() implements Portrait {}

    /** One that comes along, by its id. */
    record Platform(String id) implements Portrait {}

    /** One that a user gave, by the SHA-256 of its file. */
    record Stored(String sha256) implements Portrait {}
}
