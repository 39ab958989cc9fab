package dev.mouthpiece.worker.livekit;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.devroom.RoomToken;
import dev.mouthpiece.worker.devroom.ServerProgram;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A LiveKit server in a network namespace of its own, reached over a pair of virtual interfaces that leads nowhere else. The path can be
 * cut in both directions without anybody being told. Linux, as root.
 */
final class PrivateNetwork implements AutoCloseable {
    private static final String KEY = "testkey";
    private static final String SECRET = "a-secret-that-only-tests-know-0123456789";
    private static final int PORT = 17880;
    private static final String OURS = "10.77.61.1";
    private static final String THEIRS = "10.77.61.2";

    private final String name = "mouthpiece-" + ProcessHandle.current().pid();
    private Process server;

    private PrivateNetwork() {
        final String inside = "mpi" + ProcessHandle.current().pid() % 100_000;
        final String outside = "mpo" + ProcessHandle.current().pid() % 100_000;
        ip("netns", "add", name);
        ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name);
        ip("addr", "add", OURS + "/24", "dev", outside);
        ip("link", "set", outside, "up");
        ip("-n", name, "addr", "add", THEIRS + "/24", "dev", inside);
        ip("-n", name, "link", "set", inside, "up");
        ip("-n", name, "link", "set", "lo", "up");
        // What comes from where no route leads back to is dropped: so one blackhole cuts both directions.
        inside("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf." + inside + ".rp_filter=1");
        server = launch();
    }

    /** Whether this machine lets us make one. */
    static boolean isPossible() {
        final String probe = "mouthpiece-probe-" + ProcessHandle.current().pid();
        try {
            ip("netns", "add", probe);
            ip("netns", "del", probe);
            return true;
        } catch (final IllegalStateException e) {
            return false;
        }
    }

    static PrivateNetwork start() {
        final var network = new PrivateNetwork();
        network.awaitAnswer();
        return network;
    }

    String url() {
        return "ws://" + THEIRS + ":" + PORT;
    }

    String token(String room, String identity) {
        return new RoomToken(KEY, SECRET, room, identity)
                .kind("agent")
                .attribute("lk.publish_on_behalf", "agent")
                .mint();
    }

    /** Nothing gets through any more, in either direction. */
    void cut() {
        ip("-n", name, "route", "add", "blackhole", OURS + "/32");
    }

    void mend() {
        ip("-n", name, "route", "del", "blackhole", OURS + "/32");
    }

    @Override
    public void close() {
        server.destroyForcibly();
        ip("netns", "del", name);
    }

    private Process launch() {
        final Path program = ServerProgram.install(line -> System.err.println("testkit: " + line));
        try {
            final Path config = Files.createTempFile("livekit", ".yaml");
            config.toFile().deleteOnExit();
            new ObjectMapper()
                    .writeValue(
                            config.toFile(),
                            Map.of(
                                    "port", PORT,
                                    "keys", Map.of(KEY, SECRET),
                                    "room", Map.of("empty_timeout", 300, "departure_timeout", 300),
                                    "rtc",
                                            Map.of(
                                                    "udp_port",
                                                    PORT + 2,
                                                    "tcp_port",
                                                    PORT + 1,
                                                    "node_ip",
                                                    THEIRS,
                                                    "use_external_ip",
                                                    false,
                                                    "stun_servers",
                                                    List.of("127.0.0.1:" + (PORT + 9)))));
            return new ProcessBuilder("ip", "netns", "exec", name, program.toString(), "--config", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void awaitAnswer() {
        for (int i = 0; i < 200; i++) {
            try {
                URI.create("http://" + THEIRS + ":" + PORT).toURL().openStream().close();
                return;
            } catch (final IOException e) {
                LockSupport.parkNanos(50_000_000);
            }
        }
        throw new IllegalStateException("the server in " + name + " does not answer");
    }

    private void inside(String... command) {
        final var all = new ArrayList<>(List.of("netns", "exec", name));
        all.addAll(List.of(command));
        ip(all.toArray(String[]::new));
    }

    private static void ip(String... arguments) {
        final var command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        try {
            final Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + said);
            }
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
