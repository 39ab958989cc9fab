package dev.mouthpiece.worker.testkit;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A Python with pinned packages: a virtual environment in the user's cache, made at its first use. */
public final class PythonEnv {
    /** The clients' own lower bound. */
    private static final String CHECK = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

    private static final String[] NAMES = {
        "python3", "python3.13", "python3.12", "python3.11", "python3.10", "python3.14", "python"
    };
    private static final long CHECK_LIMIT_S = 20;

    private final Path python;

    private PythonEnv(Path folder) {
        python = folder.resolve("bin").resolve("python");
    }

    /** LiveKit's client, its agents and plugins, as {@code testkit/livekit.txt} pins them. */
    public static PythonEnv livekit() {
        return listed("livekit");
    }

    /** What Pipecat's clients of avatar services need to call them over HTTP, and no more of Pipecat. */
    public static PythonEnv pipecat() {
        return listed("pipecat");
    }

    /** Schemathesis, which tries an API by its own OpenAPI document. */
    public static PythonEnv schemathesis() {
        return listed("schemathesis");
    }

    private static PythonEnv listed(String name) {
        try {
            return of(name, Files.readAllLines(resource(name + ".txt")));
        } catch (IOException e) {
            throw new TestKitException("no " + name + ".txt", e);
        }
    }

    /**
     * Any other set.
     *
     * @param name what it is for, in a word
     * @param requirements what pip is to install, pinned: the environment is made anew when they change
     */
    public static PythonEnv of(String name, List<String> requirements) {
        final String folder = "python-" + name + "-" + Setup.hash(requirements);
        return new PythonEnv(Setup.once(folder, "a Python environment for " + name, made -> {
            final Path python = find();
            Setup.command(made, List.of(python.toString(), "-m", "venv", made.toString()));
            final List<String> pip = new ArrayList<>(
                    List.of(made.resolve("bin").resolve("python").toString(), "-m", "pip", "install", "--no-input"));
            pip.addAll(requirements);
            Setup.command(made, pip);
        }));
    }

    private static Path find() {
        for (final String name : NAMES) {
            final Path python = Setup.program(name).orElse(null);
            if (python != null && fits(python)) {
                return python;
            }
        }
        throw new TestKitException(
                "needs Python 3.10 or newer with venv on the PATH (Debian: apt install python3-venv)");
    }

    private static boolean fits(Path python) {
        try {
            final Process process = new ProcessBuilder(python.toString(), "-c", CHECK)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(CHECK_LIMIT_S, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The interpreter, for what is no script of the kit. */
    public Path python() {
        return python;
    }

    /** Starts a script of the test resources' folder {@code testkit}, such as {@code agent.py}, and waits until it is ready. */
    public ScriptProcess script(String name) {
        return script(name, Map.of());
    }

    /** The same, with variables in its environment. */
    public ScriptProcess script(String name, Map<String, String> environment) {
        return start(resource(name), environment, List.of());
    }

    /** Starts a script that speaks JSON lines, and waits until it is ready. */
    public ScriptProcess script(Path script, List<String> arguments) {
        return start(script, Map.of(), arguments);
    }

    private ScriptProcess start(Path script, Map<String, String> environment, List<String> arguments) {
        return ScriptProcess.start(
                command(script, arguments),
                quiet(environment),
                LiveKitServer.logFile(String.valueOf(script.getFileName())));
    }

    /**
     * Runs a script of the test resources' folder {@code testkit} to its end, within four minutes. Returns what it said.
     *
     * @throws TestKitException with what it said, if it fails
     */
    public String run(String name, Map<String, String> environment, String... arguments) {
        return ScriptRun.of(
                command(resource(name), List.of(arguments)), quiet(environment), LiveKitServer.logFile(name));
    }

    private List<String> command(Path script, List<String> arguments) {
        final List<String> command =
                new ArrayList<>(List.of(python.toString(), "-u", "-W", "ignore", script.toString()));
        command.addAll(arguments);
        return command;
    }

    private static Map<String, String> quiet(Map<String, String> environment) {
        final Map<String, String> all = new HashMap<>(environment);
        all.put("PYTHONDONTWRITEBYTECODE", "1");
        return all;
    }

    static Path resource(String name) {
        final URL url = Objects.requireNonNull(PythonEnv.class.getResource("/testkit/" + name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
