package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mouthpiece.worker.film.FfmpegTool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real process under real signals. */
@Tag("slow")
class SignalTest {
    /** A child of a background job inherits that Ctrl-C is ignored; env gives it back. */
    private static final List<String> HEARS_SIGNALS = List.of("env", "--default-signal=INT,TERM");

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void shouldLeaveNothingWhenKilled(String signal, int code, @TempDir Path folder) throws Exception {
        assumeTrue(canReset());
        final Path speech = folder.resolve("long.wav");
        FfmpegTool.run("-f", "lavfi", "-i", "anoisesrc=d=300:r=16000", speech);
        final Path films = Files.createDirectory(folder.resolve("films"));
        final Path frames = films.resolve("frames");
        final List<String> command = new ArrayList<>(HEARS_SIGNALS);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Dmouthpiece.root=" + System.getProperty("mouthpiece.root"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "render",
                "av_stock_001",
                speech.toString(),
                "-o",
                films.resolve("film.mp4").toString(),
                "--frames",
                frames.toString()));
        final Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(folder.resolve("err").toFile())
                .start();
        try {
            awaitFrames(process, films);
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertThat(process.waitFor())
                    .as(Files.readString(folder.resolve("err")))
                    .isEqualTo(code);
        } finally {
            process.destroyForcibly();
        }
        try (Stream<Path> left = Files.list(films)) {
            assertThat(left).isEmpty();
        }
        assertThat(folder.resolve("err")).content().contains("interrupted").doesNotContain("SIGSEGV");
    }

    /** The film is in work when its first pictures lie in a folder that is hidden yet. */
    private static void awaitFrames(Process process, Path films) throws Exception {
        while (process.isAlive()) {
            try (Stream<Path> begun = Files.walk(films)) {
                if (begun.anyMatch(path -> path.endsWith("000003.png"))) {
                    return;
                }
            } catch (IOException | UncheckedIOException e) {
                // A file that came and went while the folder was looked through.
            }
            process.waitFor(50, TimeUnit.MILLISECONDS);
        }
        throw new AssertionError("the process ended by itself");
    }

    private static boolean canReset() throws Exception {
        try {
            final List<String> command = new ArrayList<>(HEARS_SIGNALS);
            command.add("true");
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
