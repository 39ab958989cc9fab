package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.avatar.AvatarCache;
import dev.mouthpiece.worker.config.Home;
import java.nio.file.Path;
import java.util.Optional;

/** Where prepared avatars are kept on disk: in the home folder. */
final class AvatarDisk {
    /** About fifty of the usual size. */
    private static final long MAX_BYTES = 256L << 20;

    private AvatarDisk() {}

    /** For commands that have no configuration. */
    static Optional<AvatarCache> of() {
        return of(Home.of(System.getenv()));
    }

    /** Below a home folder. */
    static Optional<AvatarCache> of(Path home) {
        return AvatarCache.of(home.resolve("cache").resolve("avatars"), MAX_BYTES);
    }
}
