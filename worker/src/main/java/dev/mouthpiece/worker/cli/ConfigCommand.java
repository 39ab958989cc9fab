package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Key;
import dev.mouthpiece.worker.config.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mouthpiece config}. */
@Command(
        name = "config",
        header = "Explains every setting of the daemon, and tells what holds now.",
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%n",
        footer = {
            "Settings come from a TOML file, from the environment and from the command",
            "line; the later one wins. In the file, server.port is:",
            "  [server]",
            "  port = 8080"
        })
final class ConfigCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    ConfigCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        final Settings settings = options.settings();
        final Config config = Config.of(options.home(), settings);
        terminal.out().println("home = " + config.home() + "   (MOUTHPIECE_HOME)");
        for (final Key key : Key.values()) {
            terminal.out().println();
            terminal.out()
                    .println(key.path() + " = " + settings.shown(key)
                            + (key.unit().isEmpty() ? "" : "   [" + key.unit() + "]"));
            terminal.out().println("    " + key.consequence());
            terminal.out()
                    .println("    default: " + (key.usual().isEmpty() ? "(empty)" : key.usual()) + "; now from: "
                            + settings.sources().get(key) + "; environment: " + key.variable());
        }
        return Cli.OK;
    }
}
