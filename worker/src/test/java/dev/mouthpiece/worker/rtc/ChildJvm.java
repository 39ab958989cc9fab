package dev.mouthpiece.worker.rtc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a main class of these tests in a process of its own: one that may abort, or whose memory is to be measured. */
final class ChildJvm {
    private static final long BOUND_S = 240;

    /** What came of it; standard output and error together. */
    record Run(int exitCode, List<String> lines) {}

    private ChildJvm() {}

    static Run run(Path folder, Class<?> main, Map<String, String> environment, String... options) throws Exception {
        final Path output = Files.createTempFile(folder, "child", ".log");
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + folder.resolve("crash.log")));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        final ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        return await(builder.start(), output);
    }

    private static Run await(Process process, Path output) throws IOException, InterruptedException {
        try {
            if (!process.waitFor(BOUND_S, TimeUnit.SECONDS)) {
                throw new AssertionError("still running after " + BOUND_S + " s:\n" + Files.readString(output));
            }
            return new Run(process.exitValue(), Files.readAllLines(output, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }
}
