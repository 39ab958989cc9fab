package dev.mouthpiece.model;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where things are on this machine: what came with the worker, and what belongs to its user. */
public final class Installation {
    private static final Path PACKAGES = Path.of("models", "packages");

    private Installation() {}

    /** The user's folder: {@code $MOUTHPIECE_HOME}, else {@code ~/.mouthpiece}. It may not exist yet. */
    public static Path home() {
        final String home = System.getenv("MOUTHPIECE_HOME");
        return home != null && !home.isBlank()
                ? Path.of(home)
                : Path.of(System.getProperty("user.home"), ".mouthpiece");
    }

    /**
     * What can be made again: {@code $MOUTHPIECE_HOME/cache} where that is set, else {@code $XDG_CACHE_HOME/mouthpiece}
     * or {@code ~/.cache/mouthpiece}. It may not exist yet.
     */
    public static Path cache() {
        final String home = System.getenv("MOUTHPIECE_HOME");
        if (home != null && !home.isBlank()) {
            return Path.of(home, "cache");
        }
        final String caches = System.getenv("XDG_CACHE_HOME");
        return (caches != null && !caches.isBlank()
                        ? Path.of(caches)
                        : Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("mouthpiece");
    }

    /**
     * The folder of the shipped packages: under the system property {@code mouthpiece.root}, which the launcher sets, or
     * above the code that runs. Empty if there is none.
     */
    static List<Path> shippedModels() {
        final String root = System.getProperty("mouthpiece.root");
        if (root != null) {
            return List.of(Path.of(root).resolve(PACKAGES));
        }
        for (Path folder = codeLocation(); folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve(PACKAGES))) {
                return List.of(folder.resolve(PACKAGES));
            }
        }
        return List.of();
    }

    private static @Nullable Path codeLocation() {
        final CodeSource source = Installation.class.getProtectionDomain().getCodeSource();
        try {
            return source == null ? null : Path.of(source.getLocation().toURI()).toAbsolutePath();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }
}
