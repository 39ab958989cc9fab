package dev.mouthpiece.worker.cli;

import dev.mouthpiece.model.Installation;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.devroom.LocalServer;
import dev.mouthpiece.worker.devroom.RoomToken;
import dev.mouthpiece.worker.devroom.ServerProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mouthpiece dev-room}: a LiveKit server, tokens, and the commands that use them. */
@Command(
        name = "dev-room",
        header = "Starts a LiveKit room on this machine, for trying things out.",
        description = {
            "",
            "Starts a LiveKit server on 127.0.0.1, or takes the one that answers there,",
            "mints tokens for an avatar, an agent and a viewer, and prints the commands to",
            "go on with. Ctrl-C stops the server. No account is needed."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  mouthpiece dev-room --install",
            "    builds the server first (with Go, about three minutes, once)",
            "  mouthpiece dev-room --port 8880 --room test",
            "",
            "Exit codes: 0 done; 2 the call or its input is wrong; 1 Mouthpiece failed;",
            "130 stopped by Ctrl-C."
        })
final class DevRoomCommand implements Callable<Integer> {
    private static final String AVATAR = "avatar";
    private static final String AGENT = "agent";
    private static final long POLL_MS = 100;
    private static final int MIN_PORT = 1024;
    private static final int MAX_PORT = 65_500;

    private final Terminal terminal;

    @Option(names = "--room", paramLabel = "NAME", defaultValue = "dev", description = "The room. Default: dev.")
    private String room = "dev";

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "7880",
            description = "The server's port; the three after it are its media's. Default: 7880.")
    private int port = LocalServer.Ports.STANDARD.http();

    @Option(
            names = "--server",
            paramLabel = "FILE",
            description =
                    "The program livekit-server. Default: the one on the PATH, or the one that --install has built.")
    private @Nullable Path program;

    @Option(names = "--install", description = "Build livekit-server with Go if there is none.")
    private boolean isInstalling;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            defaultValue = "devkey",
            description = "The server's API key. Default: devkey, as livekit-server --dev has it.")
    private String apiKey = "devkey";

    @Option(
            names = "--api-secret",
            paramLabel = "SECRET",
            defaultValue = "secret",
            description = "Its secret. Default: secret.")
    private String apiSecret = "secret";

    DevRoomCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (port < MIN_PORT || port > MAX_PORT) {
            throw new BadInputException("--port must be " + MIN_PORT + ".." + MAX_PORT + ": " + port);
        }
        if (room.isBlank()) {
            throw new BadInputException("--room must not be empty");
        }
        final LocalServer.Ports ports = LocalServer.Ports.from(port);
        if (LocalServer.answers(ports.httpUrl())) {
            if (!LocalServer.admits(ports.httpUrl(), token("probe").mint())) {
                throw new BadInputException("a LiveKit server answers on " + ports.url()
                        + ", but refuses these tokens: give its --api-key and --api-secret, or another --port");
            }
            tell("found on " + ports.url(), ports.url());
            return Cli.OK;
        }
        if (!ports.areFree()) {
            throw new BadInputException("port " + port
                    + " or one of the three after it is taken by another program: choose another --port");
        }
        return serve(findProgram(), ports);
    }

    private Path findProgram() {
        if (program != null) {
            if (!Files.isExecutable(program)) {
                throw new BadInputException("--server " + program + " is no program that can be run");
            }
            return program;
        }
        final Optional<Path> found = ServerProgram.find();
        if (found.isPresent()) {
            return found.get();
        }
        if (isInstalling) {
            return ServerProgram.install(line -> terminal.err().println("mouthpiece: " + line));
        }
        throw new BadInputException("no livekit-server on the PATH: "
                + (ServerProgram.canInstall()
                        ? "run mouthpiece dev-room --install to build it (about three minutes, once)"
                        : "install it (https://docs.livekit.io/transport/self-hosting/local/), or install Go and run"
                                + " mouthpiece dev-room --install")
                + ", or name one with --server");
    }

    private int serve(Path server, LocalServer.Ports ports) {
        final Path log = folder().resolve("livekit-server.log");
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (LocalServer running = LocalServer.start(server, ports, apiKey, apiSecret, Map.of(), log)) {
            tell("started on " + running.url() + ", log " + log, running.url());
            terminal.out().println();
            terminal.out().println("Ctrl-C stops the server.");
            while (!terminal.interruption().getAsBoolean()) {
                if (!running.isAlive()) {
                    terminal.err().println("mouthpiece: livekit-server has ended by itself; its log: " + log);
                    return Cli.FAILED;
                }
                Thread.sleep(POLL_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Interruption.EXIT_CODE;
    }

    private RoomToken token(String identity) {
        return new RoomToken(apiKey, apiSecret, room, identity);
    }

    private void tell(String how, String url) {
        final Path agent = copy("/dev/mouthpiece/devroom/agent.py", "agent.py");
        copy("/dev/mouthpiece/demo/speech/hello.wav", "hello.wav");
        final String avatarToken = token(AVATAR)
                .kind("agent")
                .attribute("lk.publish_on_behalf", AGENT)
                .mint();
        final String agentToken = token(AGENT).kind("agent").mint();
        final String viewerToken = token("viewer").mint();
        terminal.out()
                .printf(
                        """
                LiveKit server %s, room %s. Tokens are good for a day.

                1. The avatar:
                   mouthpiece join --url %s --token %s

                2. An agent that speaks through it (pip install livekit-agents==1.8.9 livekit==1.1.21):
                   LIVEKIT_URL=%s LIVEKIT_TOKEN=%s python3 %s

                3. A viewer: in a browser on this machine
                   https://meet.livekit.io/custom?liveKitUrl=%s&token=%s
                   or with LiveKit's command line
                   lk room join --url %s --api-key %s --api-secret %s --identity viewer --auto-subscribe %s
                """,
                        how,
                        room,
                        url,
                        avatarToken,
                        url,
                        agentToken,
                        agent,
                        encode(url),
                        viewerToken,
                        url,
                        apiKey,
                        apiSecret,
                        room);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Path copy(String resource, String name) {
        final Path file = folder().resolve(name);
        try (InputStream in = Objects.requireNonNull(DevRoomCommand.class.getResourceAsStream(resource), resource)) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            return Files.createDirectories(Installation.cache().resolve("dev-room"));
        } catch (IOException e) {
            throw new BadInputException("cannot write to the cache: " + e.getMessage());
        }
    }
}
