package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.model.EngineException;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.devroom.DevRoomException;
import dev.mouthpiece.worker.film.FilmException;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.rtc.RtcException;
import dev.mouthpiece.worker.store.StoreException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses a command, runs it, and turns what goes wrong into one line and an exit code. */
public final class Cli {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int BAD_INPUT = 2;

    private final Terminal terminal;
    private final RootCommand root = new RootCommand();

    /** A command line that talks to this terminal. */
    public Cli(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Runs a command. Returns the process's exit code. */
    public int run(String... args) {
        final var model = new CommandLine(new ModelCommand())
                .addSubcommand(new ModelListCommand(terminal))
                .addSubcommand(new ModelShowCommand(terminal))
                .addSubcommand(new ModelVerifyCommand(terminal))
                .addSubcommand(new ModelImportCommand(terminal));
        final var line = new CommandLine(root)
                .addSubcommand(new RenderCommand(terminal))
                .addSubcommand(new JoinCommand(terminal))
                .addSubcommand(new DevRoomCommand(terminal))
                .addSubcommand(new ServeCommand(terminal))
                .addSubcommand(new WorkerCommand(terminal))
                .addSubcommand(new CapacityCommand(terminal))
                .addSubcommand(new MeasureCommand(terminal))
                .addSubcommand(new ConfigCommand(terminal))
                .addSubcommand(new DoctorCommand(terminal))
                .addSubcommand(new KeysCommand(terminal))
                .addSubcommand(new PracticeCommand(terminal))
                .addSubcommand(model);
        line.setOut(writer(terminal.out()));
        line.setErr(writer(terminal.err()));
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler((e, arguments) -> badCall(e));
        line.setExecutionExceptionHandler((e, command, result) -> failed(e));
        return line.execute(args);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, stream.charset());
    }

    private int badCall(ParameterException e) {
        final CommandLine command = e.getCommandLine();
        final String name = command.getCommandSpec().qualifiedName();
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        if (e instanceof UnmatchedArgumentException unmatched) {
            final List<String> meant = unmatched.getSuggestions();
            message = (unmatched.isUnknownOption() ? "there is no option " : "does not know what to do with ")
                    + unmatched.getUnmatched().getFirst()
                    + (meant.isEmpty() ? "" : " (did you mean " + String.join(" or ", meant) + "?)");
        }
        terminal.err().println(name + ": " + message + "; " + name + " --help tells more");
        return BAD_INPUT;
    }

    private int failed(Exception e) {
        if (root.isVerbose() && !(e instanceof CanceledException)) {
            e.printStackTrace(terminal.err());
        }
        return explain(terminal, e);
    }

    private static int explain(Terminal terminal, Throwable e) {
        return explain(terminal, "", e);
    }

    /**
     * Says what went wrong, in a line. Returns the exit code that goes with it.
     *
     * @param where what the line begins with, such as the line of a jobs file
     */
    static int explain(Terminal terminal, String where, Throwable e) {
        final String message =
                String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        if (e instanceof CanceledException) {
            return say(terminal, "interrupted: what was not complete is removed", Interruption.EXIT_CODE);
        }
        if (e instanceof BadInputException || e instanceof ModelException || e instanceof RoomException) {
            return say(terminal, where + message, BAD_INPUT);
        }
        if (e instanceof InvalidPathException) {
            return say(terminal, where + "not a file name: " + message, BAD_INPUT);
        }
        if (e instanceof DeviceException device) {
            return say(terminal, where + message, device.isLost() ? DeviceException.EXIT_CODE : FAILED);
        }
        if (e instanceof FilmException
                || e instanceof EngineException
                || e instanceof DevRoomException
                || e instanceof StoreException
                || e instanceof RtcException) {
            return say(terminal, where + message, FAILED);
        }
        if (e instanceof OutOfMemoryError) {
            return say(
                    terminal,
                    where + "out of memory: make fewer films at once or allow more, such as"
                            + " MOUTHPIECE_JAVA_OPTS=-Xmx4g",
                    FAILED);
        }
        return say(
                terminal,
                where + "failed, and should not have: " + e.getClass().getSimpleName() + ": " + message
                        + " (--verbose shows the whole error)",
                FAILED);
    }

    private static int say(Terminal terminal, String line, int code) {
        terminal.err().println("mouthpiece: " + line);
        return code;
    }
}
