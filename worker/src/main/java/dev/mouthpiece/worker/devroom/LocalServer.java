package dev.mouthpiece.worker.devroom;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * A LiveKit server as a child process that speaks on loopback only. Made, used and closed by one thread.
 *
 * <p>It offers 127.0.0.1 as its one candidate, and a STUN server that does not exist: without one it would send its clients to
 * public ones. ICE needs a network interface besides loopback to be up, though no packet goes through it.
 */
public final class LocalServer implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long START_LIMIT_MS = 20_000;
    private static final long POLL_MS = 40;

    /** Between the signal that asks it to drain and the one that tells it to go at once. */
    private static final long DRAIN_MS = 50;

    private static final long STOP_LIMIT_MS = 5_000;
    private static final int ANSWER_LIMIT_MS = 2_000;
    private static final int ANSWER_LIMIT_BYTES = 256;

    /** The ports of one server; {@code stun} stays unused. */
    public record Ports(int http, int tcp, int udp, int stun) {
        /** LiveKit's own, which its tools expect. */
        public static final Ports STANDARD = from(7880);

        /** Linux gives ports from 32768 on to outgoing connections, macOS and Windows from 49152 on. */
        private static final int LOWEST = 10_000;

        private static final int HIGHEST = 32_000;
        private static final int ATTEMPTS = 100;

        /** {@code http} and the three after it. */
        public static Ports from(int http) {
            return new Ports(http, http + 1, http + 2, http + 3);
        }

        /** Four in a row that are free now, and that no system gives to an outgoing connection a moment later. */
        public static Ports free() {
            final RandomGenerator random = ThreadLocalRandom.current();
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                final Ports ports = from(random.nextInt(LOWEST, HIGHEST));
                if (ports.areFree()) {
                    return ports;
                }
            }
            throw new DevRoomException("no free ports found between " + LOWEST + " and " + HIGHEST);
        }

        /** Whether no other program has one of them now. */
        public boolean areFree() {
            // The server takes the ports of media on all addresses.
            try (ServerSocket first = new ServerSocket(http, 1, InetAddress.getLoopbackAddress());
                    ServerSocket second = new ServerSocket(tcp);
                    DatagramSocket third = new DatagramSocket(udp)) {
                return first.isBound() && second.isBound() && third.isBound();
            } catch (IOException e) {
                return false;
            }
        }

        /** Where participants join: {@code ws://127.0.0.1:PORT}. */
        public String url() {
            return "ws://" + HOST + ":" + http;
        }

        /** Where the API is: {@code http://127.0.0.1:PORT}. */
        public String httpUrl() {
            return "http://" + HOST + ":" + http;
        }
    }

    private final Process process;
    private final Ports ports;
    private final Path log;

    private LocalServer(Process process, Ports ports, Path log) {
        this.process = process;
        this.ports = ports;
        this.log = log;
    }

    /**
     * Starts a server and waits until it answers.
     *
     * @param program the executable
     * @param apiKey the only key that it takes, with its {@code secret}
     * @param settings sections of the server's configuration that replace or extend ours, by their names there
     * @param log where it writes; appended to
     * @throws DevRoomException if it does not come up
     */
    public static LocalServer start(
            Path program, Ports ports, String apiKey, String secret, Map<String, ?> settings, Path log) {
        final LocalServer server;
        try {
            final Path config = Files.createTempFile("livekit", ".yaml");
            try {
                // JSON is YAML as well.
                JSON.writeValue(config.toFile(), config(ports, apiKey, secret, settings));
                final ProcessBuilder builder = new ProcessBuilder(program.toString(), "--config", config.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
                server = new LocalServer(builder.start(), ports, log);
                server.awaitAnswer();
            } finally {
                Files.delete(config);
            }
        } catch (IOException e) {
            throw new DevRoomException("cannot start " + program + ": " + e.getMessage(), e);
        }
        return server;
    }

    private static Map<String, Object> config(Ports ports, String apiKey, String secret, Map<String, ?> settings) {
        final Map<String, Object> rtc = new LinkedHashMap<>();
        rtc.put("udp_port", ports.udp());
        rtc.put("tcp_port", ports.tcp());
        rtc.put("node_ip", HOST);
        rtc.put("use_external_ip", false);
        rtc.put("enable_loopback_candidate", true);
        rtc.put("stun_servers", List.of(HOST + ":" + ports.stun()));
        final Map<String, Object> config = new LinkedHashMap<>();
        config.put("port", ports.http());
        config.put("bind_addresses", List.of(HOST));
        config.put("keys", Map.of(apiKey, secret));
        config.put("logging", Map.of("level", "info"));
        config.put("rtc", rtc);
        settings.forEach((name, value) -> merge(config, name, value));
        return config;
    }

    private static void merge(Map<String, Object> config, String name, Object value) {
        if (config.get(name) instanceof Map<?, ?> ours && value instanceof Map<?, ?> theirs) {
            final Map<Object, Object> merged = new LinkedHashMap<>(ours);
            merged.putAll(theirs);
            config.put(name, merged);
        } else {
            config.put(name, value);
        }
    }

    private void awaitAnswer() {
        final long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_LIMIT_MS);
        try {
            while (!answers(httpUrl())) {
                if (process.waitFor(POLL_MS, TimeUnit.MILLISECONDS)) {
                    throw new DevRoomException("livekit-server ended at once: " + lastLine());
                }
                if (deadlineNs - System.nanoTime() <= 0) {
                    process.destroyForcibly();
                    throw new DevRoomException("livekit-server does not answer on " + httpUrl() + "; its log: " + log);
                }
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new DevRoomException("interrupted while livekit-server was starting", e);
        }
    }

    /** Whether a LiveKit server answers at this {@code http://} address: all of them say OK at their root. */
    public static boolean answers(String httpUrl) {
        return get(httpUrl, "").equals("OK");
    }

    /** Whether the server at this address would let the holder of this token join. */
    public static boolean admits(String httpUrl, String token) {
        return get(httpUrl + "/rtc/validate", token).equals("success");
    }

    /** The body of a good answer, stripped; empty if there is none. */
    private static String get(String url, String token) {
        try {
            final URLConnection connection = URI.create(url).toURL().openConnection();
            connection.setConnectTimeout(ANSWER_LIMIT_MS);
            connection.setReadTimeout(ANSWER_LIMIT_MS);
            if (!token.isEmpty()) {
                connection.setRequestProperty("Authorization", "Bearer " + token);
            }
            try (InputStream body = connection.getInputStream()) {
                return new String(body.readNBytes(ANSWER_LIMIT_BYTES), UTF_8).strip();
            }
        } catch (IOException e) {
            return "";
        }
    }

    private String lastLine() {
        try {
            return Files.readAllLines(log).reversed().stream()
                    .filter(line -> !line.isBlank())
                    .findFirst()
                    .orElse("it said nothing");
        } catch (IOException e) {
            return "see " + log;
        }
    }

    /** Where participants join: {@code ws://127.0.0.1:PORT}. */
    public String url() {
        return ports.url();
    }

    /** Where its API is: {@code http://127.0.0.1:PORT}. */
    public String httpUrl() {
        return ports.httpUrl();
    }

    /** The ports it was started on. */
    public Ports ports() {
        return ports;
    }

    /** Whether the process is there. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** The process's number. */
    public long pid() {
        return process.pid();
    }

    /** Ends it as a crash would: its clients are told nothing. Returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /**
     * Stops it at once; clients are told that it shuts down. One signal alone would have it wait for its rooms to empty, so
     * it gets two.
     */
    @Override
    public void close() {
        process.destroy();
        if (!awaitEnd(DRAIN_MS)) {
            process.destroy();
            if (!awaitEnd(STOP_LIMIT_MS)) {
                kill();
            }
        }
    }

    private void awaitEnd() {
        if (!awaitEnd(STOP_LIMIT_MS)) {
            throw new DevRoomException("livekit-server does not end: pid " + process.pid());
        }
    }

    private boolean awaitEnd(long limitMs) {
        try {
            return process.waitFor(limitMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
