package dev.mouthpiece.worker.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mouthpiece model}. */
@Command(
        name = "model",
        header = "Lists, shows, verifies and imports model packages.",
        synopsisHeading = "%nUsage: ",
        synopsisSubcommandLabel = "COMMAND",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "A package is a folder; models/README.md is its contract. Packages are looked",
            "for in the folders of $MOUTHPIECE_MODELS, in ~/.mouthpiece/models, and among",
            "those that come along."
        })
final class ModelCommand implements Runnable {
    @Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "name a command: list, show, verify or import");
        }
    }
}
