package dev.mouthpiece.worker.cli;

import dev.mouthpiece.model.Installation;
import dev.mouthpiece.model.load.Check;
import dev.mouthpiece.model.load.PackageVerifier;
import dev.mouthpiece.worker.BadInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mouthpiece model import}: runs the converter of {@code models/python} and checks what it made. */
@Command(
        name = "import",
        header = "Makes a package of a public checkpoint that you have: wav2lip, wav2lip-256 or musetalk.",
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Nothing is downloaded. The conversion runs in Python with torch 2.7.1 and numpy",
            "(models/python/requirements-import.txt): $MOUTHPIECE_PYTHON, else python3.",
            "Only tensors are read from the files. Look at the licence of the weights: it",
            "goes into the package's MODEL_CARD.md.",
            "",
            "Exit codes: 0 the package is there and passes its checks; 2 something is wrong."
        })
final class ModelImportCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "MODEL", description = "wav2lip, wav2lip-256 or musetalk.")
    private String model = "";

    @Option(
            names = "--checkpoint",
            required = true,
            paramLabel = "FILE",
            description = "The generator's weights; of musetalk, the UNet's.")
    private Path checkpoint = Path.of("");

    @Option(names = "--vae", paramLabel = "FILE", description = "musetalk: sd-vae-ft-mse.")
    private @Nullable Path vae;

    @Option(names = "--whisper", paramLabel = "FILE", description = "musetalk: whisper-tiny.")
    private @Nullable Path whisper;

    @Option(
            names = "--buckets",
            split = ",",
            paramLabel = "N",
            description =
                    "Frames that one call may render, ascending, such as 1,2,4: the importer's own choice where it is"
                            + " left out. A GPU with little memory wants fewer.")
    private @Nullable List<Integer> buckets;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where the package goes; replaced. ~/.mouthpiece/models/MODEL where it is left out.")
    private @Nullable Path out;

    ModelImportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (!List.of("wav2lip", "wav2lip-256", "musetalk").contains(model)) {
            throw new BadInputException(
                    "there is no importer for " + model + ": name wav2lip, wav2lip-256 or musetalk");
        }
        final Path scripts = Path.of(System.getProperty("mouthpiece.root", "."), "models", "python");
        if (!Files.isDirectory(scripts.resolve("imports"))) {
            throw new BadInputException(scripts + " has no importers: run it from a checkout of Mouthpiece");
        }
        final Path target = (out == null ? Installation.home().resolve("models").resolve(model) : out).toAbsolutePath();
        final List<String> command = new ArrayList<>(List.of(
                python(),
                "-m",
                "imports",
                model,
                "--checkpoint",
                checkpoint.toAbsolutePath().toString(),
                "--out",
                target.toString()));
        add(command, "--vae", vae);
        add(command, "--whisper", whisper);
        if (buckets != null) {
            command.add("--buckets");
            buckets.forEach(rows -> command.add(rows.toString()));
        }
        if (!run(command, scripts)) {
            return Cli.BAD_INPUT;
        }
        final List<Check> checks = PackageVerifier.verify(target, this::show);
        return checks.stream().allMatch(Check::ok) ? Cli.OK : Cli.BAD_INPUT;
    }

    private static void add(List<String> command, String option, @Nullable Path file) {
        if (file != null) {
            command.add(option);
            command.add(file.toAbsolutePath().toString());
        }
    }

    private static String python() {
        final String chosen = System.getenv("MOUTHPIECE_PYTHON");
        return chosen != null && !chosen.isBlank() ? chosen : "python3";
    }

    private boolean run(List<String> command, Path folder) {
        try {
            final Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            String last = "";
            try (var lines = process.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    last = line;
                }
            }
            if (process.waitFor() == 0) {
                terminal.out().println(last);
                return true;
            }
            final boolean lacksTorch = last.contains("ModuleNotFoundError");
            terminal.err()
                    .println("mouthpiece: " + last
                            + (lacksTorch
                                    ? ": install models/python/requirements-import.txt and name that Python in MOUTHPIECE_PYTHON"
                                    : ""));
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(command.getFirst() + " does not run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CanceledException();
        }
    }

    private void show(Check check) {
        terminal.out()
                .printf(Locale.ROOT, "%-6s %-26s %s%n", check.ok() ? "ok" : "FAILED", check.name(), check.detail());
    }
}
