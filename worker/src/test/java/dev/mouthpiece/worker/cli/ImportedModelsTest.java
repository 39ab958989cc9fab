package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.worker.film.FfmpegTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints of random weights in the exact published shapes, imported by the real command, verified and rendered by this
 * process. Needs {@code $MOUTHPIECE_PYTHON} with torch, five gigabytes, so it is no part of {@code ./test}:
 * {@code models/python/test} runs it.
 */
@Tag("imports")
class ImportedModelsTest {
    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("MOUTHPIECE_PYTHON"), "python3");
    private static final Path SCRIPTS = Path.of(System.getProperty("mouthpiece.root"), "models", "python");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"wav2lip", "wav2lip-256"})
    void shouldSpeakWithWav2Lip(String model) throws Exception {
        makeCheckpoint(model);

        final CommandLineRun made =
                CommandLineRun.of("model", "import", model, "--checkpoint", checkpoint(), "--out", packageFolder());

        assertGood(made);
        assertThat(ModelPackage.open(packageFolder()).manifest().requireRender().batchBuckets())
                .containsExactly(1, 2, 4, 8, 16, 32);
        assertSpeaks(0.6, 15);
    }

    /** A frame takes a CPU a quarter of a minute of one core: one row a call, and five frames. */
    @Test
    void shouldSpeakWithMuseTalk() throws Exception {
        makeCheckpoint("musetalk");

        final CommandLineRun made = CommandLineRun.of(
                "model",
                "import",
                "musetalk",
                "--checkpoint",
                checkpoint(),
                "--vae",
                folder.resolve("vae.bin"),
                "--whisper",
                folder.resolve("whisper.bin"),
                "--buckets",
                "1",
                "--out",
                packageFolder());

        assertGood(made);
        assertThat(ModelPackage.open(packageFolder()).manifest().requireRender().batchBuckets())
                .containsExactly(1);
        assertSpeaks(0.2, 5);
    }

    @Test
    void shouldSayInOneLineWhichTensorDoesNotFit() throws Exception {
        makeCheckpoint("wav2lip-256");

        CommandLineRun.of("model", "import", "wav2lip", "--checkpoint", checkpoint(), "--out", packageFolder())
                .assertRefused("checkpoint.pth", "of another architecture", "the first is");
        assertThat(packageFolder()).doesNotExist();
    }

    private Path checkpoint() {
        return folder.resolve("checkpoint.pth");
    }

    private Path packageFolder() {
        return folder.resolve("package");
    }

    private void makeCheckpoint(String model) throws Exception {
        final Process made = new ProcessBuilder(PYTHON, "-m", "imports.randoms", model, folder.toString())
                .directory(SCRIPTS.toFile())
                .inheritIO()
                .start();
        assertThat(made.waitFor()).isZero();
    }

    /** That it was made, and keeps what models/README.md promises. */
    private void assertGood(CommandLineRun made) {
        assertThat(made.code()).as(made.out() + made.err()).isZero();
        assertThat(made.out().lines().filter(line -> line.startsWith("ok")).count())
                .isGreaterThan(8);
        final Manifest manifest = ModelPackage.open(packageFolder()).manifest();
        assertThat(manifest.requireRender().placement()).isEqualTo(Manifest.Placement.BOX);
        assertThat(packageFolder().resolve("MODEL_CARD.md")).content().contains("Licence of the weights");
    }

    /** Random weights paint a smear, another one for each sound: the pictures differ from each other. */
    private void assertSpeaks(double seconds, int frames) throws IOException {
        final Path wav = folder.resolve("s.wav");
        FfmpegTool.run("-f", "lavfi", "-i", "anoisesrc=r=16000:d=" + seconds + ":seed=1", wav);
        final Path pictures = folder.resolve("f");

        final CommandLineRun run = CommandLineRun.of(
                "render",
                "av_stock_001",
                wav,
                "--model",
                packageFolder(),
                "-o",
                folder.resolve("f.mp4"),
                "--frames",
                pictures);

        assertThat(run.code()).as(run.err()).isZero();
        final List<byte[]> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(pictures)) {
            for (final Path file : files.sorted().toList()) {
                all.add(Files.readAllBytes(file));
            }
        }
        assertThat(all).hasSize(frames);
        assertThat(all.getFirst()).isNotEqualTo(all.getLast());
    }
}
