package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Home;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.Database;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mouthpiece capacity}. */
@Command(
        name = "capacity",
        header = "Tells how many sessions this machine runs at a time, as measured; measures where that was not done.",
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n")
final class CapacityCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(names = "--again", description = "Measure again, whatever was measured before.")
    private boolean isAgain;

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    CapacityCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        final Config config = options.config();
        Home.make(config.home());
        final String model = config.worker().model();
        final Optional<Capacity> known = isAgain ? Optional.empty() : Capacity.read(config.home(), model, null);
        final Capacity capacity = known.orElseGet(() -> {
            try (LiveParts live = LiveParts.load(config, line -> terminal.err().println("mouthpiece: " + line));
                    Database database = Daemon.open(config)) {
                return Capacity.measure(live, new Avatars(database), model).keep(config.home());
            }
        });
        terminal.out()
                .println(capacity.sessions() + " sessions of 368x560 on " + capacity.cores() + " cores and "
                        + capacity.device() + "; model "
                        + capacity.model() + " takes " + capacity.cpuMsPerSecond()
                        + " ms of processor time a second; measured "
                        + capacity.at());
        return Cli.OK;
    }
}
