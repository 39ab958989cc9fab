package dev.mouthpiece.worker.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A Node with LiveKit's packages as {@code testkit/node/package-lock.json} pins them, installed once into the user's cache. */
public final class NodeEnv {
    private static final String[] LISTS = {"package.json", "package-lock.json"};

    private final Path node;
    private final Path folder;

    private NodeEnv(Path node, Path folder) {
        this.node = node;
        this.folder = folder;
    }

    /** LiveKit's client, agents and plugin. */
    public static NodeEnv livekit() {
        final Path node = program("node");
        final Path lists = PythonEnv.resource("node");
        try {
            final String hash = Setup.hash(Files.readAllLines(lists.resolve(LISTS[1])));
            final Path folder = Setup.once("node-livekit-" + hash, "Node packages for livekit", made -> {
                for (final String list : LISTS) {
                    Files.copy(lists.resolve(list), made.resolve(list));
                }
                // No package of ours needs an install script.
                Setup.command(
                        made, List.of(program("npm").toString(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
            });
            return new NodeEnv(node, folder);
        } catch (IOException e) {
            throw new TestKitException("cannot read " + lists, e);
        }
    }

    private static Path program(String name) {
        return Setup.program(name)
                .orElseThrow(() -> new TestKitException("needs Node 20 or newer with npm on the PATH: no " + name));
    }

    /** The interpreter. */
    public Path node() {
        return node;
    }

    /** The folder with {@code node_modules}. */
    public Path folder() {
        return folder;
    }

    /**
     * Starts a script of the test resources' folder {@code testkit}, such as {@code agent.cjs}, and waits until it is ready. It finds
     * the packages in {@code $TESTKIT_MODULES}.
     */
    public ScriptProcess script(String name) {
        return ScriptProcess.start(
                List.of(node.toString(), PythonEnv.resource(name).toString()),
                Map.of("TESTKIT_MODULES", folder.toString()),
                LiveKitServer.logFile(name));
    }

    /**
     * Runs a script of the test resources' folder {@code testkit} to its end, within four minutes. Returns what it said.
     *
     * @throws TestKitException with what it said, if it fails
     */
    public String run(String name, Map<String, String> environment, String... arguments) {
        final Map<String, String> all = new HashMap<>(environment);
        all.put("TESTKIT_MODULES", folder.toString());
        final List<String> command = new ArrayList<>(
                List.of(node.toString(), PythonEnv.resource(name).toString()));
        command.addAll(List.of(arguments));
        return ScriptRun.of(command, all, LiveKitServer.logFile(name));
    }
}
