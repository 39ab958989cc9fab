package dev.mouthpiece.worker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Key;
import dev.mouthpiece.worker.config.Settings;
import dev.mouthpiece.worker.store.ApiKeys;
import dev.mouthpiece.worker.store.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** What {@code serve} runs, in this process: API, queue, worker, models and WebRTC, on a free port of loopback, for those who have its key. */
final class TestDaemon implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PLACES = "8";

    private final LiveParts live;
    private final Daemon daemon;
    private final String key;
    private final HttpClient http = HttpClient.newHttpClient();

    private TestDaemon(LiveParts live, Daemon daemon, String key) {
        this.live = live;
        this.daemon = daemon;
        this.key = key;
    }

    /** One that keeps its things in {@code home}. */
    static TestDaemon start(Path home) {
        final Map<Key, String> flags = new EnumMap<>(Key.class);
        flags.put(Key.SERVER_PORT, "0");
        flags.put(Key.WORKER_CAPACITY, PLACES);
        flags.put(Key.LIMITS_CREATES, "0");
        final Config config = Config.of(home, Settings.read(Optional.empty(), Map.of(), flags));
        final String key;
        try (Database database = Daemon.open(config)) {
            key = new ApiKeys(database).create("tests", null, null);
        }
        final LiveParts live = LiveParts.load(config, line -> {});
        try {
            return new TestDaemon(
                    live,
                    Daemon.start(
                            config, Daemon.open(config), Optional.of(live), Places.of(config, live.device()), true),
                    key);
        } catch (RuntimeException e) {
            live.close();
            throw e;
        }
    }

    String url() {
        return "http://127.0.0.1:" + daemon.port();
    }

    String key() {
        return key;
    }

    /** What a GET answers, whatever its status. */
    JsonNode get(String path) {
        final HttpRequest request = HttpRequest.newBuilder(URI.create(url() + path))
                .header("Authorization", "Bearer " + key)
                .timeout(Duration.ofSeconds(30))
                .build();
        try {
            return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString(UTF_8))
                    .body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        daemon.close();
        live.close();
        http.close();
    }
}
