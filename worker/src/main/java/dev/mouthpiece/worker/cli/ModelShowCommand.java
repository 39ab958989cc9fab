package dev.mouthpiece.worker.cli;

import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelPackage;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mouthpiece model show}. */
@Command(name = "show", header = "Shows what a package's manifest says.", synopsisHeading = "%nUsage: ")
final class ModelShowCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "MODEL", description = "A package's name, or its folder.")
    private String model = "";

    ModelShowCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        final ModelPackage files = ModelCatalog.standard().open(model);
        final Manifest manifest = files.manifest();
        line("name", manifest.name() + " " + manifest.version());
        line("title", manifest.title());
        line("kind", manifest.kind().name().toLowerCase(Locale.ROOT) + ", quality " + manifest.quality());
        line("licence", manifest.license());
        line("folder", files.folder().toString());
        line("engine", manifest.engine() + precision(manifest.precision()));
        if (manifest.encode() != null) {
            speech(manifest, manifest.encode());
        }
        if (manifest.render() != null) {
            picture(manifest.render());
        }
        parameters("life", manifest.life());
        line("goldens", manifest.golden().stream().map(Manifest.Golden::file).collect(Collectors.joining(", ")));
        for (final Map.Entry<String, Manifest.FileEntry> file : new TreeMap<>(manifest.files()).entrySet()) {
            out().printf(
                            Locale.ROOT,
                            "  %9d  %.12s  %s%n",
                            file.getValue().bytes(),
                            file.getValue().sha256(),
                            file.getKey());
        }
        return Cli.OK;
    }

    private void speech(Manifest manifest, Manifest.Encode encode) {
        final double perMs = manifest.sampleRateHz() / 1000.0;
        line(
                "speech",
                String.format(
                        Locale.ROOT,
                        "%d Hz, %d frames/s, hears %.0f ms back and %.0f ms ahead, shown %+d ms; %d rows a call, %d on a GPU",
                        manifest.sampleRateHz(),
                        manifest.fps(),
                        encode.contextSamples() / perMs,
                        encode.lookaheadSamples() / perMs,
                        encode.offsetMs(),
                        encode.batch(),
                        encode.batchCuda()));
        parameters("features", encode.features());
    }

    private void picture(Manifest.Render render) {
        final String sizes = render.patches().stream()
                .map(patch -> Integer.toString(patch.size()))
                .collect(Collectors.joining(", "));
        line("patches", sizes + " px, " + render.batchBuckets() + " in a batch, idle " + render.idle());
    }

    private void parameters(String label, List<Manifest.Parameter> parameters) {
        if (!parameters.isEmpty()) {
            line(
                    label,
                    parameters.stream()
                            .map(p -> p.name() + " " + number(p.min()) + ".." + number(p.max()))
                            .collect(Collectors.joining(", ")));
        }
    }

    private void line(String label, String text) {
        if (!text.isEmpty()) {
            out().printf(Locale.ROOT, "%-9s %s%n", label, text);
        }
    }

    private PrintStream out() {
        return terminal.out();
    }

    private static String precision(Map<String, String> precision) {
        return precision.isEmpty() ? "" : " " + new TreeMap<>(precision);
    }

    private static String number(float value) {
        return value == Math.rint(value) ? Integer.toString((int) value) : Float.toString(value);
    }
}
