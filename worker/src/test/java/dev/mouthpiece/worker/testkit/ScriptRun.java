package dev.mouthpiece.worker.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A script that runs to its end by itself. */
final class ScriptRun {
    private static final long LIMIT_S = 240;

    private ScriptRun() {}

    /**
     * Runs a command. Returns what it said, on both of its outputs.
     *
     * @throws TestKitException with what it said, if it fails, or has no end within four minutes
     */
    static String of(List<String> command, Map<String, String> environment, Path log) {
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        Optional.ofNullable(log.getParent()).ifPresent(folder -> builder.directory(folder.toFile()));
        builder.environment().putAll(environment);
        try {
            final Process process = builder.start();
            Orphans.watch(process.toHandle());
            final boolean isOver;
            try {
                isOver = process.waitFor(LIMIT_S, TimeUnit.SECONDS);
            } finally {
                process.destroyForcibly();
            }
            final String said = Files.readString(log);
            if (!isOver) {
                throw new TestKitException(command + " has no end; it said:\n" + said);
            }
            if (process.exitValue() != 0) {
                throw new TestKitException(command + " failed:\n" + said);
            }
            return said;
        } catch (IOException e) {
            throw new TestKitException("cannot run " + command + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestKitException("interrupted while running " + command, e);
        }
    }
}
