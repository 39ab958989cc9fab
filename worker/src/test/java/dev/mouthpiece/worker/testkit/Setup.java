package dev.mouthpiece.worker.testkit;

import dev.mouthpiece.model.Installation;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Making what a test needs, once per machine: under a lock, complete or not at all. */
final class Setup {
    private static final long COMMAND_LIMIT_MINUTES = 20;
    private static final String DONE = "complete";

    /** One step in a folder that is being made. */
    interface Step {
        void run(Path folder) throws IOException;
    }

    private Setup() {}

    /** The folder of that name in the tests' cache, made by {@code step} unless it is there already; two that want it at once wait for each other. */
    static synchronized Path once(String name, String what, Step step) {
        final Path all = Installation.cache().resolve("test");
        final Path folder = all.resolve(name);
        if (Files.exists(folder.resolve(DONE))) {
            return folder;
        }
        try {
            Files.createDirectories(all);
            try (FileChannel channel = FileChannel.open(
                            all.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (lock.isValid() && !Files.exists(folder.resolve(DONE))) {
                    System.err.println("testkit: making " + what + " in " + folder + ", once");
                    remove(folder);
                    Files.createDirectories(folder);
                    step.run(folder);
                    Files.createFile(folder.resolve(DONE));
                }
            }
        } catch (IOException e) {
            throw new TestKitException("cannot make " + what + ": " + e.getMessage(), e);
        }
        return folder;
    }

    /** Runs a command to its end; what it says goes into the error if it fails. */
    static void command(Path folder, List<String> command) throws IOException {
        final Path log = folder.resolve("log");
        final Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        Orphans.watch(process.toHandle());
        try {
            if (!process.waitFor(COMMAND_LIMIT_MINUTES, TimeUnit.MINUTES)) {
                throw new IOException("no end after " + COMMAND_LIMIT_MINUTES + " minutes: " + command);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + " failed:\n" + Files.readString(log));
        }
    }

    /** The first of these programs that is on the PATH. */
    static Optional<Path> program(String... names) {
        return Stream.of(names)
                .flatMap(name -> Stream.of(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
                        .filter(folder -> !folder.isEmpty())
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A short name for what these lines say. */
    static String hash(List<String> lines) {
        try {
            final byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        final List<Path> paths;
        try (Stream<Path> walk = Files.walk(folder)) {
            paths = walk.toList();
        }
        for (final Path path : paths.reversed()) {
            Files.delete(path);
        }
    }
}
