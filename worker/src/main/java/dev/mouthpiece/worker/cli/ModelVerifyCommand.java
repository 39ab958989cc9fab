package dev.mouthpiece.worker.cli;

import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.load.Check;
import dev.mouthpiece.model.load.PackageVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mouthpiece model verify}. */
@Command(
        name = "verify",
        header = "Checks a package: hashes, shapes, golden results, repeatability, rows that mind only themselves.",
        synopsisHeading = "%nUsage: ",
        footer = {"", "Exit codes: 0 all is well, 2 something is not."})
final class ModelVerifyCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "MODEL", description = "A package's folder, or its name.")
    private String model = "";

    ModelVerifyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        final Path folder = Path.of(model);
        final List<Check> checks = Files.isDirectory(folder)
                ? PackageVerifier.verify(folder, this::show)
                : PackageVerifier.verify(ModelCatalog.standard().open(model), this::show);
        final long bad = checks.stream().filter(check -> !check.ok()).count();
        if (bad > 0) {
            terminal.err()
                    .println("mouthpiece: " + model + " is not as it must be: " + bad + " of " + checks.size()
                            + " checks failed; get the package again or mend it as models/README.md says");
        }
        return bad == 0 ? Cli.OK : Cli.BAD_INPUT;
    }

    private void show(Check check) {
        terminal.out()
                .printf(Locale.ROOT, "%-6s %-26s %s%n", check.ok() ? "ok" : "FAILED", check.name(), check.detail());
    }
}
