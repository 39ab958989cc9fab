package dev.mouthpiece.worker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import livekit.LivekitModels.ParticipantInfo;

/** A client of a daemon, whose sessions show the test pattern unless a face is asked for, each in a room of its own. Thread-safe. */
final class SessionApi implements AutoCloseable {
    private static final String AVATAR = "avatar";
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final LiveKitServer rooms;
    private final AtomicInteger sessions = new AtomicInteger();

    SessionApi(String url, LiveKitServer rooms) {
        this.url = url;
        this.rooms = rooms;
    }

    /** Creates a session. Returns its id. */
    String create() {
        return create(rooms.url());
    }

    /** Creates a session whose room is reached by that URL. */
    String create(String server) {
        return create(server, "av_pattern", "mock");
    }

    /** Creates a session that shows a face. Returns its id. */
    String createFace() {
        return create(rooms.url(), "av_stock_001", "standard");
    }

    private String create(String server, String avatar, String quality) {
        final String room = "room-" + sessions.incrementAndGet();
        final var body = JSON.createObjectNode()
                .put("avatar_id", avatar)
                .put("quality", quality)
                .put("idle_timeout_seconds", 600);
        body.putObject("metadata").put("room", room);
        body.putObject("transport")
                .put("type", "livekit")
                .put("url", server)
                .put("room_name", room)
                .put("worker_identity", AVATAR)
                .put(
                        "worker_token",
                        rooms.tokens().avatar(room, AVATAR, "agent").mint());
        return post("/v1/sessions", body.toString()).path("id").asText();
    }

    /** Asks for a session's end. */
    void end(String session) {
        post("/v1/sessions/" + session + "/end", "{}");
    }

    /** A session as it stands. */
    JsonNode get(String session) {
        return send(request("/v1/sessions/" + session));
    }

    /** The avatar in the session's room, with picture and sound, if it is there. */
    Optional<ParticipantInfo> avatar(String session) {
        return rooms.participant(get(session).path("metadata").path("room").asText(), AVATAR)
                .filter(avatar -> avatar.getTracksCount() == 2);
    }

    private JsonNode post(String path, String body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path)).timeout(LIMIT);
    }

    private JsonNode send(HttpRequest.Builder request) {
        try {
            final HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new IllegalStateException(answer.uri() + ": " + answer.statusCode() + " " + answer.body());
            }
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
