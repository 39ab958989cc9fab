package dev.mouthpiece.worker.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code mouthpiece} itself. */
@Command(
        name = "mouthpiece",
        versionProvider = RootCommand.Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        header = "Makes a portrait speak: a picture and speech in, a film of that face out.",
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  mouthpiece render av_stock_001 hello -o hello.mp4",
            "    a portrait and a sample of speech that come along",
            "  mouthpiece render me.jpg greeting.mp3",
            "    your own; writes me-greeting.mp4",
            "  mouthpiece render --help",
            "    all about films: sizes, formats, many at once",
            "  mouthpiece dev-room",
            "    a LiveKit room on this machine, and what to do in it",
            "",
            "Exit codes: 0 done; 2 the call or its input is wrong; 1 Mouthpiece failed;",
            "130 interrupted."
        })
final class RootCommand implements Runnable {
    @Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private boolean isVerbose;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Tell what happens and how long it takes; show the whole of an error.")
    void setVerbose(boolean isVerbose) {
        this.isVerbose = isVerbose;
        if (isVerbose) {
            LogSetup.verbose();
        }
    }

    boolean isVerbose() {
        return isVerbose;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "name a command: render, dev-room or model");
        }
    }

    /** The version that the build wrote into the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            final String built = RootCommand.class.getPackage().getImplementationVersion();
            return new String[] {
                "mouthpiece " + (built == null ? "(development build)" : built) + ", Java " + Runtime.version()
            };
        }
    }
}
