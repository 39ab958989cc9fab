package dev.mouthpiece.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.devroom.LocalServer;
import dev.mouthpiece.worker.devroom.RoomToken;
import dev.mouthpiece.worker.devroom.ServerProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What a daemon takes, from outside: {@code DaemonNumbers [DATABASE_URL]}. Starts {@code ./mouthpiece serve} with a home of its own and a LiveKit server, and
 * tells how long the start took, how long sessions take from the request until the avatar is on air, what the daemon takes while it is idle, and how long a
 * create takes where sessions only wait. Build and start {@code ./mouthpiece} once before, or the start is a build.
 */
public final class DaemonNumbers implements AutoCloseable {
    private static final String KEY = "benchkey";
    private static final String SECRET = "a-secret-that-only-benches-know-0123456789";
    private static final int ON_AIR = 40;
    private static final int POSTS = 2_000;
    private static final int WARM_POSTS = 200;
    private static final int IDLE_S = 60;

    /** WebRTC's threads are gone by then, and what the sessions have made hot is compiled. */
    private static final int SETTLE_S = 60;

    private static final long NS_PER_MS = 1_000_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path home;
    private final Process process;
    private final String url;
    private int rooms;

    private DaemonNumbers(Map<String, String> environment, String... more) throws IOException {
        home = Files.createTempDirectory("mouthpiece-bench");
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("mouthpiece.root", "."), "mouthpiece")
                        .toString(),
                "serve",
                "--port",
                "0",
                "--capacity",
                "8"));
        command.addAll(List.of(more));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("MOUTHPIECE_HOME", home.toString());
        builder.environment().put("MOUTHPIECE_LIMITS_CREATES", "0");
        builder.environment().put("MOUTHPIECE_LIMITS_WAITING", "100000");
        builder.environment().putAll(environment);
        process = builder.start();
        final BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
        url = opened(log);
        Thread.ofPlatform().daemon().start(() -> swallow(log));
    }

    private static void swallow(BufferedReader log) {
        try {
            log.transferTo(Writer.nullWriter());
        } catch (final IOException e) {
            // The daemon is gone, and its log with it.
            System.err.println("the daemon's log ends: " + e.getMessage());
        }
    }

    private static String opened(BufferedReader log) throws IOException {
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            if (line.matches("mouthpiece: (open|listening on) .*")) {
                return line.replaceAll(".*http://localhost:(\\d+)/.*", "http://127.0.0.1:$1");
            }
            if (line.startsWith("mouthpiece:")) {
                System.err.println(line);
            }
        }
        throw new IOException("the daemon ended instead");
    }

    /** Runs it and prints what it measured. */
    public static void main(String[] args) throws Exception {
        final Map<String, String> database = args.length == 0
                ? Map.of()
                : Map.of(
                        "MOUTHPIECE_DATABASE_URL",
                        args[0],
                        "MOUTHPIECE_DATABASE_USER",
                        System.getenv().getOrDefault("DATABASE_USER", ""));
        final long startNs = System.nanoTime();
        try (DaemonNumbers daemon = new DaemonNumbers(database)) {
            print("start until it is open: %d ms", (System.nanoTime() - startNs) / NS_PER_MS);
            daemon.measureOnAir();
            daemon.measureIdle();
        }
        try (DaemonNumbers daemon = new DaemonNumbers(database, "--no-worker")) {
            daemon.post(WARM_POSTS, 1);
            for (final int clients : new int[] {1, 4}) {
                percentiles("create, " + clients + " at a time", daemon.post(POSTS, clients));
            }
        }
    }

    private void measureOnAir() throws Exception {
        final Path log = Files.createTempFile("livekit", ".log");
        final var program = ServerProgram.install(System.err::println);
        try (LocalServer livekit = LocalServer.start(program, LocalServer.Ports.free(), KEY, SECRET, Map.of(), log)) {
            final long[] ns = new long[ON_AIR];
            for (int i = 0; i < ON_AIR; i++) {
                final long startNs = System.nanoTime();
                final String session = create(livekit.url());
                await(session, "running");
                ns[i] = System.nanoTime() - startNs;
                send(request("/v1/sessions/" + session + "/end").POST(HttpRequest.BodyPublishers.noBody()));
                await(session, "ended");
            }
            print("the first session on air after %d ms", ns[0] / NS_PER_MS);
            percentiles("request until on air, one after another", Arrays.copyOfRange(ns, 1, ON_AIR));
        }
    }

    private void await(String session, String state) throws Exception {
        String now = "";
        while (!now.equals(state)) {
            Thread.sleep(5);
            now = send(request("/v1/sessions/" + session)).path("status").asText();
            if (now.equals("failed")) {
                throw new IOException("session " + session + " failed");
            }
        }
    }

    private void measureIdle() throws Exception {
        Thread.sleep(SETTLE_S * 1_000L);
        final long before = cpuMs();
        Thread.sleep(IDLE_S * 1_000L);
        final long took = cpuMs() - before;
        print("idle: %.2f %% of a core over %d s, RSS %d MB", took / 10.0 / IDLE_S, IDLE_S, rssMb());
    }

    /** User's and system's time of the daemon so far. A tick is 10 ms. */
    private long cpuMs() throws IOException {
        final String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return 10 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12]));
    }

    private long rssMb() throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D+", "")) / 1024;
            }
        }
        throw new IOException("no VmRSS");
    }

    private long[] post(int count, int clients) throws Exception {
        final long[] ns = new long[count];
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            final List<Future<?>> all = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                final int first = client;
                all.add(threads.submit(() -> {
                    for (int i = first; i < count; i += clients) {
                        final long startNs = System.nanoTime();
                        create("ws://127.0.0.1:7880");
                        ns[i] = System.nanoTime() - startNs;
                    }
                    return true;
                }));
            }
            for (final Future<?> one : all) {
                one.get();
            }
        }
        return ns;
    }

    private String create(String livekit) throws Exception {
        final String room;
        synchronized (this) {
            room = "bench-" + ++rooms;
        }
        final var body = JSON.createObjectNode().put("avatar_id", "av_pattern").put("quality", "mock");
        body.putObject("transport")
                .put("type", "livekit")
                .put("url", livekit)
                .put("room_name", room)
                .put("worker_identity", "avatar")
                .put(
                        "worker_token",
                        new RoomToken(KEY, SECRET, room, "avatar").kind("agent").mint());
        return send(request("/v1/sessions").POST(HttpRequest.BodyPublishers.ofString(body.toString())))
                .path("id")
                .asText();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path));
    }

    private JsonNode send(HttpRequest.Builder request) throws Exception {
        final HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IOException(answer.uri() + ": " + answer.statusCode() + " " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    private static void percentiles(String what, long[] ns) {
        Arrays.sort(ns);
        print(
                "%s: p50 %.1f ms, p95 %.1f, p99 %.1f, longest %.1f, of %d",
                what,
                ns[ns.length / 2] / 1e6,
                ns[ns.length * 95 / 100] / 1e6,
                ns[ns.length * 99 / 100] / 1e6,
                ns[ns.length - 1] / 1e6,
                ns.length);
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
        http.close();
        System.err.println("its home: " + home);
    }
}
