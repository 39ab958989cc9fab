package dev.mouthpiece.worker.config;

import dev.mouthpiece.worker.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The folder where a daemon keeps what has to last: {@code MOUTHPIECE_HOME}, else the user's data folder. */
public final class Home {
    private static final String VARIABLE = "MOUTHPIECE_HOME";
    private static final String FILE = "mouthpiece.toml";

    private Home() {}

    /** Where it is; it may not exist yet. */
    public static Path of(Map<String, String> environment) {
        final String given = environment.get(VARIABLE);
        if (given != null && !given.isBlank()) {
            return Path.of(given).toAbsolutePath();
        }
        final Path user = Path.of(System.getProperty("user.home"));
        final String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (os.startsWith("mac")) {
            return user.resolve("Library/Application Support/mouthpiece");
        }
        if (os.startsWith("windows")) {
            return Optional.ofNullable(environment.get("LOCALAPPDATA"))
                    .map(Path::of)
                    .orElse(user)
                    .resolve("mouthpiece");
        }
        return Optional.ofNullable(environment.get("XDG_DATA_HOME"))
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .orElse(user.resolve(".local/share"))
                .resolve("mouthpiece");
    }

    /**
     * Makes it, for nobody but this user.
     *
     * @throws BadInputException if it cannot be made or written
     */
    public static void make(Path home) {
        try {
            if (!Files.isDirectory(home)) {
                Files.createDirectories(home);
                if (home.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
                }
            }
            if (!Files.isWritable(home)) {
                throw new BadInputException("home folder " + home + " cannot be written: set " + VARIABLE);
            }
        } catch (IOException e) {
            throw new BadInputException(
                    "home folder " + home + " cannot be made (" + e.getMessage() + "): set " + VARIABLE, e);
        }
    }

    /** Its configuration file, if there is one. */
    public static Optional<Path> file(Path home) {
        return Optional.of(home.resolve(FILE)).filter(Files::isRegularFile);
    }
}
