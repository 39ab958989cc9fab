package dev.mouthpiece.worker.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.session.PortraitDesk;
import dev.mouthpiece.worker.session.ScriptedRunner;
import dev.mouthpiece.worker.session.SessionRunner;
import dev.mouthpiece.worker.session.SessionService;
import dev.mouthpiece.worker.session.Worker;
import dev.mouthpiece.worker.session.WorkerThread;
import dev.mouthpiece.worker.store.ApiKeys;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.Database;
import dev.mouthpiece.worker.store.Sessions;
import dev.mouthpiece.worker.store.WorkQueue;
import dev.mouthpiece.worker.store.Workers;
import dev.mouthpiece.worker.whep.WhepRooms;
import dev.mouthpiece.worker.whep.WhepRoutes;
import io.javalin.Javalin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The whole control plane in this process, on a real store and a real socket; what goes on air is scripted, or the caller's. */
public final class TestService implements AutoCloseable {
    public static final ObjectMapper JSON = new ObjectMapper();

    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Database database;
    private final ApiKeys keys;
    private final ApiServer server;
    private final WorkerThread worker;
    private final PortraitDesk desk;
    private final ScriptedRunner runner;
    private volatile int capacity;

    private TestService(ScriptedRunner runner, int capacity, boolean isOpen, int createsPerMinute) {
        this(runner, avatars -> runner, capacity, isOpen, createsPerMinute, false);
    }

    private TestService(
            ScriptedRunner runner,
            Function<Avatars, SessionRunner> onAir,
            int capacity,
            boolean isOpen,
            int createsPerMinute,
            boolean isWhole) {
        this.runner = runner;
        this.capacity = capacity;
        database = Database.open(
                new Database.Address("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", null, null));
        keys = new ApiKeys(database);
        final var avatars = new Avatars(database);
        final var queue = new WorkQueue(database, WorkQueue.Limits.USUAL);
        worker = WorkerThread.start(
                new Worker(
                        queue,
                        onAir.apply(avatars),
                        blocking,
                        System::nanoTime,
                        new Worker.Settings(() -> UUID.randomUUID().toString(), "test", () -> this.capacity, 250)),
                database.wakeups());
        desk = new PortraitDesk(
                avatars,
                (name, file) ->
                        file.length < 2_000 ? Optional.of("no face found in portrait " + name) : Optional.empty());
        desk.open();
        database.wakeups().listen(desk::ring);
        final var access = new Access(keys, isOpen, createsPerMinute, 0, System::nanoTime);
        server = new ApiServer(
                new ApiServer.Settings("127.0.0.1", 0, null, List.of("*"), 3_600, isOpen, Duration.ofSeconds(4)),
                access,
                new SessionService(new Sessions(database), avatars, 0),
                avatars,
                new ApiServer.Probes(() -> "", () -> "up 1\n"),
                BrowserDoor.CLOSED,
                isWhole ? app -> rest(app, access, avatars) : app -> {});
        server.start();
        awaitWorker();
    }

    /** One that everybody may use, whose sessions come on air by themselves. */
    public static TestService open() {
        return new TestService(ScriptedRunner.automatic(), 1_000, true, 0);
    }

    /** One that everybody may use, whose sessions really go on air. */
    public static TestService on(Function<Avatars, SessionRunner> runner) {
        return new TestService(new ScriptedRunner(), runner, 16, true, 0, false);
    }

    /** One whose sessions do what the test says. */
    static TestService scripted(int capacity) {
        return new TestService(new ScriptedRunner(), capacity, true, 0);
    }

    /** One that wants keys. */
    static TestService locked(int createsPerMinute) {
        return new TestService(ScriptedRunner.automatic(), 1_000, false, createsPerMinute);
    }

    /** One that everybody may use, with all that {@code serve} mounts; nobody is in a browser. */
    static TestService wholeAndOpen() {
        final ScriptedRunner runner = ScriptedRunner.automatic();
        return new TestService(runner, avatars -> runner, 1_000, true, 0, true);
    }

    /** One that wants keys, with all that {@code serve} mounts; nobody is in a browser. */
    static TestService whole() {
        final ScriptedRunner runner = ScriptedRunner.automatic();
        return new TestService(runner, avatars -> runner, 100_000, false, 0, true);
    }

    private void rest(Javalin app, Access access, Avatars avatars) {
        WhepRoutes.register(app, new WhepRooms());
        StudioApi.mount(app, access, new Sessions(database), new Workers(database), avatars, session -> 0);
    }

    private void awaitWorker() {
        final var sessions = new Sessions(database);
        while (sessions.freePlaces() < capacity) {
            Thread.onSpinWait();
        }
    }

    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    int port() {
        return server.port();
    }

    ApiServer server() {
        return server;
    }

    ScriptedRunner runner() {
        return runner;
    }

    public String newKey(String name) {
        return keys.create(name, null, null);
    }

    int revoke(String name) {
        return keys.revoke(name);
    }

    /** An answer. */
    public record Answer(int status, String body, HttpResponse<byte[]> response) {
        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(body, e);
            }
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    public Answer get(String path, String... headers) {
        return send("GET", path, null, headers);
    }

    public Answer post(String path, String body, String... headers) {
        return send("POST", path, body.getBytes(UTF_8), headers);
    }

    Answer send(String method, String path, byte @Nullable [] body, String... headers) {
        final var request = HttpRequest.newBuilder(URI.create(url() + path))
                .timeout(Duration.ofSeconds(30))
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            final HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), new String(response.body(), UTF_8), response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.close();
        worker.worker().drain(System.nanoTime());
        try {
            worker.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        desk.close();
        database.close();
        blocking.close();
        http.close();
    }
}
