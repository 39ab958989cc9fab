package dev.mouthpiece.worker.doctor;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.config.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Java, and the room that it has. */
final class MachineLook {
    private static final int OLDEST_JAVA = 25;
    private static final double BYTES_PER_GB = 1e9;

    /** libtorch unpacked is .43, a recording of logs and a database of a small house the rest. */
    private static final double LEAST_GB = 1;

    private MachineLook() {}

    static Finding java(int version) {
        final String seen = System.getProperty("java.vendor") + " " + Runtime.version() + ", "
                + Runtime.getRuntime().availableProcessors() + " cores, heap of at most "
                + (Runtime.getRuntime().maxMemory() >> 20) + " MB";
        return version >= OLDEST_JAVA
                ? Finding.ok("java", seen)
                : Finding.fail(
                        "java",
                        seen,
                        "install a JDK " + OLDEST_JAVA + " (Eclipse Temurin, for instance) or set JAVA_HOME");
    }

    static Finding room(Path home) {
        try {
            Home.make(home);
            final double free = Files.getFileStore(home).getUsableSpace() / BYTES_PER_GB;
            final String seen = String.format(Locale.ROOT, "%s, %.1f GB free", home, free);
            return free >= LEAST_GB
                    ? Finding.ok("home", seen)
                    : Finding.warn("home", seen, "make room, or set MOUTHPIECE_HOME to a folder on another disk");
        } catch (BadInputException e) {
            return Finding.fail("home", String.valueOf(e.getMessage()), "let this user write there");
        } catch (IOException e) {
            return Finding.warn("home", home + ": how much room is left cannot be told: " + e.getMessage(), "");
        }
    }
}
