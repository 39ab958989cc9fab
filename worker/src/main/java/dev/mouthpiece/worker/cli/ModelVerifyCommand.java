package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.load.Check;
import dev.mouthpiece.model.load.PackageVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mouthpiece model verify}. */
@Command(
        name = "verify",
        header = "Checks a package: hashes, shapes, golden results, repeatability, rows that mind only themselves.",
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Exit codes: 0 all is well, 2 something is not."})
final class ModelVerifyCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "MODEL", description = "A package's folder, or its name.")
    private String model = "";

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description =
                    "Where: cpu, cuda, cuda:N or auto. A GPU's kernels are compared with the CPU's first. Default: cpu.")
    private String deviceChoice = "cpu";

    ModelVerifyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        final List<Check> checks = deviceChoice.equals("cpu") ? verifyOnCpu() : verifyOnDevice();
        final long bad = checks.stream().filter(check -> !check.ok()).count();
        if (bad > 0) {
            terminal.err()
                    .println("mouthpiece: " + model + " is not as it must be: " + bad + " of " + checks.size()
                            + " checks failed; get the package again or mend it as models/README.md says");
        }
        return bad == 0 ? Cli.OK : Cli.BAD_INPUT;
    }

    private List<Check> verifyOnCpu() {
        final Path folder = Path.of(model);
        return Files.isDirectory(folder)
                ? PackageVerifier.verify(folder, this::show)
                : PackageVerifier.verify(ModelCatalog.standard().open(model), this::show);
    }

    private List<Check> verifyOnDevice() {
        try (Device device = DeviceChoice.open(
                "--device", deviceChoice, line -> terminal.out().println(line))) {
            final Path folder = Path.of(model);
            final ModelPackage files = Files.isDirectory(folder)
                    ? ModelPackage.open(folder)
                    : ModelCatalog.standard().open(model);
            return PackageVerifier.verify(files, device.kind(), this::show);
        }
    }

    private void show(Check check) {
        terminal.out()
                .printf(Locale.ROOT, "%-6s %-26s %s%n", check.ok() ? "ok" : "FAILED", check.name(), check.detail());
    }
}
