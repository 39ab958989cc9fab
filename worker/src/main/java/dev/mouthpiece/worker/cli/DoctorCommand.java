package dev.mouthpiece.worker.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.worker.config.Key;
import dev.mouthpiece.worker.doctor.Doctor;
import dev.mouthpiece.worker.doctor.Finding;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mouthpiece doctor}. */
@Command(
        name = "doctor",
        header = "Looks over this machine: whether a worker can run here, and what to do where it cannot.",
        description = {
            "",
            "Java, native libraries, libtorch, model packages, device, database, ports,",
            "clock, and a LiveKit server where its URL is given. Changes nothing."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footer = {"", "Exit codes: 0 nothing fails, 1 something does, 2 the call or a setting is wrong."})
final class DoctorCommand implements Callable<Integer> {
    private static final String URL_VARIABLE = "LIVEKIT_URL";

    private final Terminal terminal;

    @Option(
            names = "--livekit",
            paramLabel = "URL",
            description = "A LiveKit server that is to be reached. Default: $" + URL_VARIABLE + ", if set.")
    private @Nullable String liveKit;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "Setting server.host. Default: 127.0.0.1.")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "N", description = "Setting server.port. Default: 8080.")
    private @Nullable Integer port;

    @Option(names = "--json", description = "One JSON object on standard output, in place of lines.")
    private boolean isJson;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    DoctorCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        options.flag(Key.SERVER_HOST, host);
        options.flag(Key.SERVER_PORT, port);
        final String server = liveKit == null ? System.getenv(URL_VARIABLE) : liveKit;
        final List<Finding> findings = new Doctor(
                        options.config(), Optional.ofNullable(server).filter(url -> !url.isBlank()))
                .examine(isJson ? finding -> {} : this::show);
        final boolean isWell = findings.stream().noneMatch(finding -> finding.level() == Finding.Level.FAIL);
        if (isJson) {
            terminal.out().println(json(findings, isWell).toPrettyString());
        }
        return isWell ? Cli.OK : Cli.FAILED;
    }

    private void show(Finding finding) {
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "%-4s  %-14s %s%s%n",
                        word(finding.level()),
                        finding.name(),
                        finding.detail(),
                        finding.advice().isEmpty() ? "" : " -> " + finding.advice());
    }

    private static ObjectNode json(List<Finding> findings, boolean isWell) {
        final ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("ok", isWell);
        final ArrayNode all = root.putArray("findings");
        for (final Finding finding : findings) {
            all.addObject()
                    .put("name", finding.name())
                    .put("level", word(finding.level()))
                    .put("detail", finding.detail())
                    .put("advice", finding.advice());
        }
        return root;
    }

    private static String word(Finding.Level level) {
        return level.name().toLowerCase(Locale.ROOT);
    }
}
