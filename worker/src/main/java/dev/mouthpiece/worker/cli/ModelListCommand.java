package dev.mouthpiece.worker.cli;

import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.ModelCatalog;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code mouthpiece model list}. */
@Command(name = "list", header = "Lists the packages there are.", synopsisHeading = "%nUsage: ")
final class ModelListCommand implements Callable<Integer> {
    private static final String FORMAT = "%-14s %-9s %-9s %s%n";

    private final Terminal terminal;

    ModelListCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        final ModelCatalog catalog = ModelCatalog.standard();
        final List<ModelCatalog.Entry> entries = catalog.entries();
        if (entries.isEmpty()) {
            terminal.err().println("mouthpiece: no model packages in " + catalog.roots());
            return Cli.FAILED;
        }
        terminal.out().printf(Locale.ROOT, FORMAT, "NAME", "VERSION", "KIND", "");
        for (final ModelCatalog.Entry entry : entries) {
            if (entry.model() == null) {
                terminal.out().printf(Locale.ROOT, FORMAT, entry.name(), "-", "damaged", entry.problem());
            } else {
                final Manifest manifest = entry.model().manifest();
                final String kind = manifest.kind().name().toLowerCase(Locale.ROOT);
                terminal.out().printf(Locale.ROOT, FORMAT, manifest.name(), manifest.version(), kind, manifest.title());
            }
        }
        return Cli.OK;
    }
}
