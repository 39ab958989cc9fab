package dev.mouthpiece.worker.cli;

import picocli.CommandLine.Command;

/** {@code mouthpiece worker}. */
@Command(
        name = "worker",
        header = "Runs sessions that others take: claims them from the database, and serves health and metrics alone.",
        footer = {"  mouthpiece worker --database jdbc:postgresql://db/mouthpiece --port 8081", "Signals as in serve."})
final class WorkerCommand extends ServeCommand {
    WorkerCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    boolean hasApi() {
        return false;
    }
}
