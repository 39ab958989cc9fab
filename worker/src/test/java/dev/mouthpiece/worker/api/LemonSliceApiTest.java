package dev.mouthpiece.worker.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.mouthpiece.worker.api.TestService.Answer;
import dev.mouthpiece.worker.session.PlatformAvatars;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients of LemonSlice meet. */
class LemonSliceApiTest {
    private static final String SESSIONS = "/api/liveai/sessions";
    private static final byte[] PORTRAIT = PlatformAvatars.picture("av_stock_002");
    private static TestService service;

    @BeforeAll
    static void start() {
        service = TestService.open();
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void shouldCreateShowListAndEndASession() throws Exception {
        final Answer created = service.post(SESSIONS, body().toString());
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        final String id = created.json().path("session_id").asText();
        assertThat(id).matches("livekit-[0-9a-f-]{36}");
        assertThat(created.json().path("room_url").asText()).isEqualTo("wss://example.livekit.cloud");
        assertThat(created.json().path("control_url").asText())
                .isEqualTo(service.url() + SESSIONS + "/" + id + "/control");

        await(id, "ACTIVE");
        assertThat(service.get(SESSIONS + "/" + id).json().has("cost")).isFalse();
        final JsonNode list = service.get(SESSIONS + "?limit=1").json();
        assertThat(list.path("sessions").path(0).path("session_id").asText()).isEqualTo(id);
        assertThat(list.path("pagination").path("page").asInt()).isEqualTo(1);
        for (int i = 0; i < 3; i++) {
            final Answer ended = service.post(SESSIONS + "/" + id + "/control", "{\"event\":\"terminate\"}");
            assertThat(ended.json().path("success").asBoolean()).isTrue();
        }
        await(id, "COMPLETED");
        assertThat(service.get(SESSIONS + "/" + id).json().has("cost")).isTrue();
        assertThat(service.post(SESSIONS + "/" + id + "/control", "{\"event\":\"reset-idle-timeout\"}")
                        .status())
                .isEqualTo(404);
        assertThat(service.get("/v1/sessions/" + id).status())
                .as("seen by both shapes")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transport_type|null|400",
                "transport_type|\"daily\"|400",
                "agent_id|null|400",
                "agent_id|\"nobody\"|404",
                "agent_image_url|\"https://example.com/a.png\"|400",
                "properties|null|400",
                "properties|{\"livekit_url\":\"wss://x\"}|400",
                "audio_sample_rate|8000|400",
                "aspect_ratio|\"4x3\"|400",
                "model|\"huge\"|400",
                "idle_timeout|\"x\"|400",
                "response_done_timeout|-1|400",
                "audio_sample_rate|24000|201",
                "aspect_ratio|\"3x2\"|201",
                "model|\"cwm-1-lite\"|201",
                "idle_timeout|-1|201",
                "response_done_timeout|0.8|201",
                "action_engine|\"natural\"|201",
                "anything_else|{\"a\":[1]}|201",
            })
    void shouldTakeWhatFitsAndRefuseTheRest(String field, String value, int status) throws Exception {
        final ObjectNode body = body();
        body.set(field, TestService.JSON.readTree(value));

        final Answer answer = service.post(SESSIONS, body.toString());

        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().path("detail").isTextual()).isEqualTo(status >= 400);
    }

    @ParameterizedTest
    @CsvSource({"application/json, image/png", ", image/webp", ", "})
    void shouldTakeAPictureInAForm(String payloadType, String imageType) {
        final ObjectNode body = body();
        body.remove("agent_id");
        final Answer answer = service.send(
                "POST",
                "/lemonslice" + SESSIONS,
                form(body.toString(), payloadType, PORTRAIT, imageType),
                "Content-Type",
                "multipart/form-data; boundary=edge");

        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        assertThat(answer.json().path("control_url").asText()).contains("/lemonslice" + SESSIONS);
    }

    @Test
    void shouldSayWhatIsWrongWithAPicture() {
        final ObjectNode body = body();
        body.remove("agent_id");
        for (final byte[] file : new byte[][] {
            "<svg xmlns='http://www.w3.org/2000/svg'/>".getBytes(UTF_8),
            "GIF89a".getBytes(UTF_8),
            Arrays.copyOf(PORTRAIT, PORTRAIT.length / 3),
        }) {
            final Answer answer = service.send(
                    "POST",
                    SESSIONS,
                    form(body.toString(), "", file, ""),
                    "Content-Type",
                    "multipart/form-data; boundary=edge");
            assertThat(answer.status()).as(answer.body()).isEqualTo(400);
            assertThat(answer.json().path("detail").asText()).startsWith("Portrait image");
        }
        assertThat(service.post(SESSIONS, "nonsense", "Content-Type", "multipart/form-data; boundary=edge")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void shouldRefuseInItsOwnWordsWhatNoRouteSees() {
        final Answer answer = service.get(SESSIONS + "?page=%00");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("detail").isTextual()).as(answer.body()).isTrue();
        assertThat(service.get("/api/liveai/nothing").json().path("detail").isTextual())
                .isTrue();
    }

    @Test
    void shouldFetchAPictureByUrl() throws IOException {
        final HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/face", exchange -> {
            exchange.sendResponseHeaders(200, PORTRAIT.length);
            exchange.getResponseBody().write(PORTRAIT);
            exchange.close();
        });
        web.createContext("/moved", exchange -> {
            exchange.getResponseHeaders().add("Location", "/face");
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        web.start();
        try {
            final String at = "http://127.0.0.1:" + web.getAddress().getPort();
            assertThat(withUrl(at + "/moved").status()).isEqualTo(201);
            assertThat(withUrl(at + "/nothing").status()).isEqualTo(400);
            assertThat(withUrl("ftp://127.0.0.1/x").status()).isEqualTo(400);

            final String id = service.post(SESSIONS, body().toString())
                    .json()
                    .path("session_id")
                    .asText();
            assertThat(control(id, "{\"event\":\"update-image\",\"image_url\":\"" + at + "/face\"}")
                            .status())
                    .isEqualTo(200);
        } finally {
            web.stop(0);
        }
    }

    private static Answer withUrl(String url) {
        final ObjectNode body = body();
        body.remove("agent_id");
        return service.post(SESSIONS, body.put("agent_image_url", url).toString());
    }

    @Test
    void shouldCarryOutControlEvents() throws Exception {
        final String id = service.post(SESSIONS, body().toString())
                .json()
                .path("session_id")
                .asText();
        await(id, "ACTIVE");
        final String image = "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(PORTRAIT);

        assertThat(control(id, "{\"event\":\"update-image\",\"image_base64\":\"" + image + "\"}")
                        .status())
                .isEqualTo(200);
        assertThat(control(id, "{\"event\":\"update-agent-prompt\",\"agent_prompt\":\"smile\"}")
                        .status())
                .isEqualTo(200);
        assertThat(control(id, "{\"event\":\"update-idle-prompt\",\"idle_prompt\":\"calm\"}")
                        .status())
                .isEqualTo(200);
        assertThat(control(id, "{\"event\":\"reset-idle-timeout\"}").status()).isEqualTo(200);
        assertThat(control(id, "{\"event\":\"action\",\"action\":\"wave\"}").status())
                .isEqualTo(200);
        assertThat(control(id, "{\"event\":\"pose-trigger\",\"pose_trigger\":{\"name\":\"nod\"}}")
                        .status())
                .isEqualTo(200);
        assertThat(control(id, "{\"event\":\"dance\"}").status()).isEqualTo(400);
        assertThat(control(id, "{}").status()).isEqualTo(400);
        assertThat(control(id, "{\"event\":\"update-image\"}").status()).isEqualTo(400);
        assertThat(control(id, "{\"event\":\"update-image\",\"image_base64\":\"" + "A".repeat(1_300_000) + "\"}")
                        .status())
                .isEqualTo(413);
        assertThat(control("livekit-none", "{\"event\":\"terminate\"}").status())
                .isEqualTo(404);
        for (int i = 0;
                i < 500 && service.runner().log().stream().noneMatch(line -> line.startsWith("feel " + id));
                i++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(service.runner().log()).anyMatch(line -> line.startsWith("show " + id + " Stored"));
    }

    @Test
    void shouldRefuseWhatIsHostedElsewhere() {
        assertThat(service.post("/api/liveai/rooms", "{}").json().path("detail").asText())
                .isEqualTo("hosted pipeline not available");
        assertThat(service.get("/api/rooms").status()).isEqualTo(404);
        assertThat(service.post(SESSIONS + "/x/join-meeting", "{}").status()).isEqualTo(400);
    }

    private static Answer control(String id, String body) {
        return service.post(SESSIONS + "/" + id + "/control", body);
    }

    private static ObjectNode body() {
        final ObjectNode body = TestService.JSON
                .createObjectNode()
                .put("transport_type", "livekit")
                .put("agent_id", "av_stock_001");
        body.putObject("properties")
                .put("livekit_url", "wss://example.livekit.cloud")
                .put("livekit_token", "token-" + System.nanoTime())
                .put("livekit_session_id", "RM_x");
        return body;
    }

    private static byte[] form(String payload, String payloadType, byte[] image, String imageType) {
        final var out = new ByteArrayOutputStream();
        out.writeBytes(("--edge\r\nContent-Disposition: form-data; name=\"payload\"\r\n" + type(payloadType) + "\r\n")
                .getBytes(ISO_8859_1));
        out.writeBytes(payload.getBytes(UTF_8));
        out.writeBytes(("\r\n--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"avatar.png\"\r\n"
                        + type(imageType) + "\r\n")
                .getBytes(ISO_8859_1));
        out.writeBytes(image);
        out.writeBytes("\r\n--edge--\r\n".getBytes(ISO_8859_1));
        return out.toByteArray();
    }

    private static String type(@Nullable String type) {
        return type == null || type.isEmpty() ? "" : "Content-Type: " + type + "\r\n";
    }

    private static void await(String id, String status) throws InterruptedException {
        for (int i = 0; i < 500; i++) {
            if (service.get(SESSIONS + "/" + id)
                    .json()
                    .path("session_status")
                    .asText()
                    .equals(status)) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new AssertionError(service.get(SESSIONS + "/" + id).body());
    }
}
