package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.model.EngineException;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.devroom.DevRoomException;
import dev.mouthpiece.worker.film.FilmException;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.rtc.RtcException;
import dev.mouthpiece.worker.store.StoreException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses a command, runs it, and turns what goes wrong into one line and an exit code. */
public final class Cli {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int BAD_INPUT = 2;

    /** Commands that need the engine in any case: it starts while their options are read. */
    private static final Set<String> COMPUTING = Set.of("render", "join", "serve", "worker");

    private static final List<String> HELP = List.of("-h", "--help", "-V", "--version");

    private final Terminal terminal;
    private final RootCommand root = new RootCommand();

    /** A command line that talks to this terminal. */
    public Cli(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Runs a command. Returns the process's exit code. */
    public int run(String... args) {
        final CommandLine line = commandLine(args.length == 0 ? "" : args[0]);
        if (args.length > 0 && COMPUTING.contains(args[0]) && Collections.disjoint(List.of(args), HELP)) {
            Models.startEngine();
        }
        line.setOut(writer(terminal.out()));
        line.setErr(writer(terminal.err()));
        line.setUsageHelpAutoWidth(true);
        line.setParameterExceptionHandler((e, arguments) -> badCall(e));
        line.setExecutionExceptionHandler((e, command, result) -> failed(e));
        return line.execute(args);
    }

    /**
     * With all commands, or with the one that is called alone: to read the options of all takes a tenth of a second, and who
     * calls one waits for it.
     */
    private CommandLine commandLine(String called) {
        final Map<String, Supplier<Object>> commands = commands();
        final var line = new CommandLine(root);
        commands.forEach((name, command) -> {
            if (name.equals(called) || !commands.containsKey(called)) {
                line.addSubcommand(command.get());
            }
        });
        return line;
    }

    /** By name, in the order of the help. */
    private Map<String, Supplier<Object>> commands() {
        final Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("render", () -> new RenderCommand(terminal));
        commands.put("join", () -> new JoinCommand(terminal));
        commands.put("dev-room", () -> new DevRoomCommand(terminal));
        commands.put("serve", () -> new ServeCommand(terminal));
        commands.put("worker", () -> new WorkerCommand(terminal));
        commands.put("capacity", () -> new CapacityCommand(terminal));
        commands.put("measure", () -> new MeasureCommand(terminal));
        commands.put("config", () -> new ConfigCommand(terminal));
        commands.put("doctor", () -> new DoctorCommand(terminal));
        commands.put("keys", () -> new KeysCommand(terminal));
        commands.put("practice", () -> new PracticeCommand(terminal));
        commands.put("model", () -> new CommandLine(new ModelCommand())
                .addSubcommand(new ModelListCommand(terminal))
                .addSubcommand(new ModelShowCommand(terminal))
                .addSubcommand(new ModelVerifyCommand(terminal))
                .addSubcommand(new ModelImportCommand(terminal)));
        return commands;
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
