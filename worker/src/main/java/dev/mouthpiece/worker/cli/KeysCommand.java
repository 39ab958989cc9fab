package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Home;
import dev.mouthpiece.worker.store.ApiKeys;
import dev.mouthpiece.worker.store.ApiKeys.ApiKey;
import dev.mouthpiece.worker.store.Database;
import java.time.temporal.ChronoUnit;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mouthpiece keys}. */
@Command(
        name = "keys",
        header = "Makes, lists and revokes API keys.",
        synopsisHeading = "%nUsage: ",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%n",
        footer = {
            "  mouthpiece keys create studio",
            "    prints a new key, alone and only this once",
            "Keys are kept as hashes, in the database of the daemon."
        })
final class KeysCommand implements Runnable {
    private static final int MAX_NAME = 100;

    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    KeysCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "name a command: create, list or revoke");
        }
    }

    @Command(name = "create", description = "Makes a key and prints it, alone, on standard output.")
    int create(
            @Mixin ConfigOptions options,
            @Parameters(paramLabel = "NAME", description = "What people call it.") String name,
            @Option(
                            names = "--creates-per-minute",
                            paramLabel = "N",
                            description = "Its own limit in place of limits.creates.")
                    @Nullable
                    Integer creates,
            @Option(
                            names = "--max-sessions",
                            paramLabel = "N",
                            description = "Its own limit in place of limits.sessions.")
                    @Nullable
                    Integer sessions) {
        if (name.isBlank() || name.length() > MAX_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw new BadInputException("a key's name has 1 to " + MAX_NAME + " characters");
        }
        if ((creates != null && creates < 0) || (sessions != null && sessions < 0)) {
            throw new BadInputException("a limit must be 0 (any number) or more");
        }
        return with(options, keys -> {
            if (keys.list().stream()
                    .anyMatch(key -> key.revoked() == null && key.name().equals(name))) {
                throw new BadInputException(
                        "there is a key named " + name + " already: mouthpiece keys revoke " + name);
            }
            terminal.out().println(keys.create(name, creates, sessions));
            return Cli.OK;
        });
    }

    @Command(name = "list", description = "Lists all keys, without the keys themselves.")
    int list(@Mixin ConfigOptions options) {
        return with(options, keys -> {
            for (final ApiKey key : keys.list()) {
                terminal.out()
                        .println(key.id() + "  " + key.created().truncatedTo(ChronoUnit.SECONDS) + "  "
                                + (key.revoked() == null ? "valid  " : "revoked") + "  " + key.name());
            }
            return Cli.OK;
        });
    }

    @Command(name = "revoke", description = "Revokes a key, by its name or id. It stops working within seconds.")
    int revoke(
            @Mixin ConfigOptions options,
            @Parameters(paramLabel = "NAME", description = "As keys list shows it.") String name) {
        return with(options, keys -> {
            if (keys.revoke(name) == 0) {
                throw new BadInputException("there is no valid key named " + name + ": mouthpiece keys list");
            }
            return Cli.OK;
        });
    }

    private static int with(ConfigOptions options, ToIntFunction<ApiKeys> work) {
        final Config config = options.config();
        Home.make(config.home());
        try (Database database = Daemon.open(config)) {
            return work.applyAsInt(new ApiKeys(database));
        }
    }
}
