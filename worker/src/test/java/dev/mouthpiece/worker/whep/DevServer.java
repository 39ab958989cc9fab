package dev.mouthpiece.worker.whep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import dev.mouthpiece.worker.studio.Overview;
import dev.mouthpiece.worker.studio.StudioRoutes;
import io.javalin.Javalin;
import io.javalin.http.Context;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The page and its sessions on loopback, without queue and database: for tests of the page and of WHEP itself. */
final class DevServer implements AutoCloseable {
    private static final int MAX_SESSIONS = 8;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final AvatarLibrary library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
    private final LiveEngine engine =
            LiveEngine.start(PipelineConfig.forLive(Runtime.getRuntime().availableProcessors()));
    private final WhepRooms rooms = new WhepRooms();
    private final WhepHost host;
    private final Map<String, Shown> sessions = new ConcurrentHashMap<>();
    private final Map<String, Face> avatars = new ConcurrentHashMap<>();
    private final Javalin app;

    /** A session as the operator sees it. */
    static final class Shown implements WhepEvents {
        private final String id;
        private final String avatar;
        private final Instant created = Instant.now();
        private volatile String status = "starting";
        private volatile String reason = "";
        private volatile @Nullable WhepSession session;

        private Shown(String id, String avatar) {
            this.id = id;
            this.avatar = avatar;
        }

        @Override
        public void onAir() {
            status = "running";
        }

        @Override
        public void active() {}

        @Override
        public void ended(String why) {
            status = "ended";
            reason = why;
        }

        @Override
        public void failed(String message) {
            status = "failed";
            reason = message;
        }

        boolean isOver() {
            return status.equals("ended") || status.equals("failed");
        }
    }

    private record Face(String id, String name, boolean isDemo, byte[] picture, String status, String failure) {}

    DevServer(int port, WhepConfig config) {
        Rtc.load().warmUp();
        host = new WhepHost(Rtc.load(), engine, config, rooms);
        for (final String id : List.of("av_stock_001", "av_stock_002", "av_stock_003")) {
            avatars.put(id, new Face(id, "Stock " + id.charAt(11), true, resource(id), "ready", ""));
        }
        avatars.put("av_pattern", new Face("av_pattern", "Test pattern", true, new byte[0], "ready", ""));
        app = Javalin.create(c -> {
            c.showJavalinBanner = false;
            c.useVirtualThreads = true;
            c.http.maxRequestSize = 12 << 20;
        });
        app.get("/v1/status", context -> context.json(Map.of("status", "operational")));
        app.get("/v1/avatars", this::listAvatars);
        app.get("/v1/avatars/{id}", context -> show(context, avatars.get(context.pathParam("id"))));
        app.post("/v1/avatars", this::upload);
        app.delete("/v1/avatars/{id}", context -> {
            avatars.remove(context.pathParam("id"));
            context.status(204);
        });
        app.post("/v1/sessions", this::create);
        app.post("/v1/sessions/{id}/end", context -> {
            end(context.pathParam("id"));
            context.result("{}").contentType("application/json");
        });
        StudioRoutes.register(
                app,
                (caller, id) ->
                        Optional.ofNullable(avatars.get(id)).map(Face::picture).filter(picture -> picture.length > 0),
                caller -> overview(),
                caller -> {});
        WhepRoutes.register(app, rooms);
        app.start("127.0.0.1", port);
    }

    /** Loads what a first session needs. */
    void warmUp() {
        library.borrow(order("av_stock_001")).close();
    }

    String url() {
        return "http://localhost:" + app.port();
    }

    /** Pictures made a second since each session on air began. */
    List<String> frames() {
        return sessions.values().stream()
                .filter(shown -> !shown.isOver() && shown.session != null)
                .map(shown -> String.format(
                        Locale.ROOT,
                        "%.2f",
                        1000.0
                                * Objects.requireNonNull(shown.session).frames()
                                / Duration.between(shown.created, Instant.now()).toMillis()))
                .toList();
    }

    WhepRooms rooms() {
        return rooms;
    }

    /** A session, on air. */
    Shown open(String avatar, String token) {
        final String id = "sess_" + UUID.randomUUID().toString().replace("-", "");
        final Shown shown = new Shown(id, avatar);
        rooms.expect(id, token);
        sessions.put(id, shown);
        shown.session = host.open(id, library.borrow(order(avatar)), 1, shown);
        return shown;
    }

    static String id(Shown shown) {
        return shown.id;
    }

    @Override
    public void close() {
        app.stop();
        host.close();
        engine.close();
        library.close();
    }

    private void create(Context context) throws IOException {
        if (sessions.values().stream().filter(shown -> !shown.isOver()).count() >= MAX_SESSIONS) {
            refuse(context.header("Retry-After", "1"), 503, "at_capacity", "No worker has room for another session.");
            return;
        }
        final JsonNode wanted = JSON.readTree(context.bodyAsBytes());
        final String token = UUID.randomUUID().toString();
        final Shown shown = open(wanted.path("avatar_id").asText(), token);
        context.status(201)
                .json(Map.of(
                        "id",
                        shown.id,
                        "status",
                        shown.status,
                        "transport",
                        Map.of(
                                "type",
                                "whep",
                                "whep_url",
                                url() + "/whep/" + shown.id,
                                "speech_url",
                                url() + "/whep/" + shown.id + "/speech",
                                "token",
                                token)));
    }

    private void upload(Context context) throws IOException {
        final var file = context.uploadedFile("image");
        if (file == null) {
            refuse(context, 422, "image_missing", "Send the picture as the form field image.");
            return;
        }
        final byte[] picture = file.content().readAllBytes();
        final String id = "av_" + UUID.randomUUID().toString().replace("-", "");
        final String name = Objects.requireNonNull(context.formParam("name"));
        avatars.put(id, new Face(id, name, false, picture, "ready", ""));
        try {
            library.borrow(order(id)).close();
        } catch (BadInputException e) {
            avatars.put(id, new Face(id, name, false, picture, "failed", String.valueOf(e.getMessage())));
        }
        show(context.status(202), avatars.get(id));
    }

    private AvatarLibrary.Order order(String avatar) {
        final Face face = Objects.requireNonNull(avatars.get(avatar));
        final String model = avatar.equals("av_pattern") ? "pattern" : "puppet";
        return new AvatarLibrary.Order(model, face.name, Optional.of(FrameSize.USUAL), () -> {
            try {
                return PortraitReader.read(face.name, new ByteArrayInputStream(face.picture));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private void listAvatars(Context context) {
        context.json(
                Map.of("data", avatars.values().stream().map(DevServer::json).toList()));
    }

    /** Ends a session. */
    void end(String id) {
        final Shown shown = Objects.requireNonNull(sessions.get(id));
        Objects.requireNonNull(shown.session).end("ended");
    }

    private static void show(Context context, @Nullable Face face) {
        if (face == null) {
            refuse(context, 404, "avatar_not_found", "There is no such avatar.");
        } else {
            context.json(json(face));
        }
    }

    private static Map<String, Object> json(Face face) {
        return Map.of(
                "id",
                face.id,
                "name",
                face.name,
                "is_demo",
                face.isDemo,
                "status",
                face.status,
                "created_at",
                "2026-01-01T00:00:00Z",
                "failure_reason",
                face.failure);
    }

    private static void refuse(Context context, int status, String code, String message) {
        context.status(status).json(Map.of("error", Map.of("code", code, "message", message)));
    }

    private Overview overview() {
        final Instant now = Instant.now();
        return new Overview(
                now.toString(),
                sessions.values().stream()
                        .sorted((a, b) -> b.created.compareTo(a.created))
                        .map(shown -> new Overview.SessionView(
                                shown.id,
                                shown.status,
                                shown.avatar,
                                "browser, " + host.viewers(shown.id) + " watch",
                                Duration.between(shown.created, now).toSeconds(),
                                shown.reason))
                        .toList(),
                List.of(new Overview.WorkerView(
                        "w1",
                        "test",
                        "ready",
                        (int) sessions.values().stream()
                                .filter(shown -> !shown.isOver())
                                .count(),
                        MAX_SESSIONS,
                        "CPU")),
                avatars.values().stream()
                        .map(face -> new Overview.AvatarView(face.id, face.name, face.status, face.failure))
                        .toList());
    }

    private static byte[] resource(String avatar) {
        try (InputStream in = DevServer.class.getResourceAsStream("/dev/mouthpiece/demo/" + avatar + ".jpg")) {
            return Objects.requireNonNull(in).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The page, until it is killed. */
    public static void main(String[] args) throws InterruptedException {
        final var server = new DevServer(Integer.parseInt(args[0]), WhepConfig.DEFAULT);
        server.warmUp();
        System.out.println("up at " + server.url());
        Thread.currentThread().join();
    }
}
