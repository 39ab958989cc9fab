package dev.mouthpiece.worker.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.worker.api.TestService.Answer;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of Protoface meet: fields, codes, statuses, headers. */
class ProtofaceApiTest {
    private static TestService service;
    private static int tokens;

    @BeforeAll
    static void start() {
        service = TestService.open();
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void shouldCreateRunAndEndASession() throws Exception {
        final Answer created =
                service.post("/v1/sessions", body().put("quality", "lite").toString());
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(created.header("X-Request-Id")).startsWith("req_");
        final JsonNode session = created.json();
        assertThat(names(session))
                .containsExactlyInAnyOrder(
                        "object",
                        "id",
                        "status",
                        "avatar_id",
                        "transport",
                        "quality",
                        "max_duration_seconds",
                        "idle_timeout_seconds",
                        "metadata",
                        "created_at",
                        "started_at",
                        "first_frame_at",
                        "ended_at",
                        "failed_at",
                        "failure",
                        "usage");
        assertThat(session.path("id").asText()).matches("sess_[0-9A-HJKMNP-TV-Z]{26}");
        assertThat(session.path("status").asText()).isEqualTo("queued");
        assertThat(session.path("idle_timeout_seconds").asInt()).isEqualTo(30);
        assertThat(session.path("max_duration_seconds").asInt()).isEqualTo(3_600);
        assertThat(session.path("created_at").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(session.path("transport").path("worker_token").asText()).isEqualTo("[redacted]");
        assertThat(created.body()).doesNotContain("secret-");

        final String id = session.path("id").asText();
        final JsonNode running = await(id, "running");
        assertThat(running.path("first_frame_at").isTextual()).isTrue();
        assertThat(running.path("usage").path("billable_seconds").isInt()).isTrue();
        final Answer ended = service.send(
                "POST", "/v1/sessions/" + id + "/end", new byte[0], "Content-Type", "application/octet-stream");
        assertThat(ended.status()).isEqualTo(200);
        assertThat(ended.json().path("status").asText()).isIn("ending", "ended");
        final JsonNode over = await(id, "ended");
        assertThat(over.path("ended_at").isTextual()).isTrue();
        assertThat(service.post("/v1/sessions/" + id + "/end", "{}").json()).isEqualTo(over);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/octet-stream",
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data"
            })
    void shouldReadABodyWhateverItsLabel(String type) {
        assertThat(service.post("/v1/sessions", body().toString(), "Content-Type", type)
                        .status())
                .isEqualTo(201);
        assertThat(service.post("/v1/sessions", "", "Content-Type", type)
                        .json()
                        .path("error")
                        .path("param")
                        .asText())
                .isEqualTo("avatar_id");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/avatar_id|null|400|missing_parameter|avatar_id",
                "/avatar_id|7|422|invalid_parameter|avatar_id",
                "/avatar_id|\"av_unknown\"|404|avatar_not_found|avatar_id",
                "/transport|null|400|missing_parameter|transport",
                "/transport|[]|422|invalid_parameter|transport",
                "/transport/type|\"websocket\"|400|transport.unsupported|transport.type",
                "/transport/type|\"pipecat\"|400|transport.unsupported|transport.type",
                "/transport/url|null|400|missing_parameter|transport.url",
                "/transport/url|\"file:///etc/passwd\"|422|invalid_parameter|transport.url",
                "/transport/room_name|null|400|missing_parameter|transport.room_name",
                "/transport/worker_token|null|400|missing_parameter|transport.worker_token",
                "/transport/worker_token|\"\"|422|invalid_parameter|transport.worker_token",
                "/transport/audio_source|\"mic\"|422|invalid_parameter|transport.audio_source",
                "/transport/extra|1|422|unknown_parameter|transport.extra",
                "/quality|\"ultra\"|422|invalid_parameter|quality",
                "/idle_timeout_seconds|0|422|invalid_parameter|idle_timeout_seconds",
                "/idle_timeout_seconds|601|422|invalid_parameter|idle_timeout_seconds",
                "/idle_timeout_seconds|1.5|422|invalid_parameter|idle_timeout_seconds",
                "/idle_timeout_seconds|\"30\"|422|invalid_parameter|idle_timeout_seconds",
                "/max_duration_seconds|0|422|invalid_parameter|max_duration_seconds",
                "/max_duration_seconds|3601|422|invalid_parameter|max_duration_seconds",
                "/metadata|{\"a\":{}}|422|invalid_parameter|metadata",
                "/metadata|{\"_avatar.x\":1}|422|invalid_parameter|metadata",
                "/billing_surface|\"x\"|422|unknown_parameter|billing_surface",
            })
    void shouldRefuseWhatDoesNotFit(String pointer, String value, int status, String code, String param)
            throws Exception {
        final ObjectNode body = body();
        final int cut = pointer.lastIndexOf('/');
        final ObjectNode parent = cut == 0 ? body : (ObjectNode) body.at(pointer.substring(0, cut));
        parent.set(pointer.substring(cut + 1), TestService.JSON.readTree(value));

        final Answer answer = service.post("/v1/sessions", body.toString());

        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        final JsonNode error = answer.json().path("error");
        assertThat(names(error)).containsExactlyInAnyOrder("type", "code", "message", "param", "request_id");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("param").asText()).isEqualTo(param);
        assertThat(error.path("request_id").asText()).isEqualTo(answer.header("X-Request-Id"));
    }

    @Test
    void shouldTakeTransportWithoutTypeWhereTheRestSaysIt() {
        final ObjectNode body = body();
        ((ObjectNode) body.path("transport")).remove("type");
        assertThat(service.post("/v1/sessions", body.toString()).status()).isEqualTo(201);
        ((ObjectNode) body.path("transport")).remove("room_name");
        assertThat(code(service.post("/v1/sessions", body.toString()))).isEqualTo("transport.type.missing");
    }

    @Test
    void shouldGiveBackMetadataAndEffectiveLimits() {
        final ObjectNode body = body().put("max_duration_seconds", 0.5).put("idle_timeout_seconds", 600);
        body.putObject("metadata")
                .putNull("nothing")
                .put("n", 1)
                .put("x", 1.5)
                .put("yes", true)
                .put("s", "ü");

        final JsonNode session = service.post("/v1/sessions", body.toString()).json();

        assertThat(session.path("max_duration_seconds"))
                .isEqualTo(TestService.JSON.getNodeFactory().numberNode(1));
        assertThat(session.path("metadata")).isEqualTo(body.path("metadata"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{", "[]", "\"x\"", "7", "{\"a\":1}}", "nul", "{\"a\":1,\"a\":2}", "{\"avatar_id\":\"\\ud800\"}"
            })
    void shouldRefuseWhatIsNoJsonObject(String body) {
        final Answer answer = service.post("/v1/sessions", body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(code(answer)).isEqualTo("invalid_json");
    }

    @Test
    void shouldRefuseBodiesThatAreTooLarge() {
        final Answer answer = service.post("/v1/sessions", " ".repeat(Bodies.MAX_JSON_BYTES + 1));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(service.post("/v1/sessions", "[".repeat(10_000)).status()).isEqualTo(400);
    }

    @Test
    void shouldReplayCreatesByKeyAndByToken() {
        final String body = body().toString();
        final Answer first = service.post("/v1/sessions", body, "Idempotency-Key", "k-" + tokens);
        final Answer again = service.post("/v1/sessions", body, "Idempotency-Key", "k-" + tokens);
        final Answer retry = service.post("/v1/sessions", body);
        final Answer other = service.post("/v1/sessions", body().toString(), "Idempotency-Key", "k-" + (tokens - 1));

        assertThat(again.status()).isEqualTo(201);
        assertThat(again.json()).isEqualTo(first.json());
        assertThat(retry.json().path("id")).isEqualTo(first.json().path("id"));
        assertThat(other.status()).isEqualTo(409);
        assertThat(service.post("/v1/sessions", body, "Idempotency-Key", "k".repeat(256))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void shouldListFromPageToPage() {
        final List<String> made = List.of(create(), create(), create());

        final JsonNode first = service.get("/v1/sessions?limit=2").json();
        assertThat(first.path("object").asText()).isEqualTo("list");
        assertThat(first.path("has_more").asBoolean()).isTrue();
        assertThat(first.path("data").path(0).path("id").asText()).isEqualTo(made.get(2));
        assertThat(first.path("next_cursor").asText()).isEqualTo(made.get(1));
        final JsonNode second = service.get("/v1/sessions?limit=1&starting_after=" + made.get(1))
                .json();
        assertThat(second.path("data").path(0).path("id").asText()).isEqualTo(made.getFirst());

        assertThat(service.get("/v1/sessions?status=active&status=terminal&created_before=2020-01-01T00:00:00Z")
                        .json()
                        .path("data"))
                .isEmpty();
        assertThat(service.get("/v1/sessions?status=sleeping").status()).isEqualTo(400);
        assertThat(service.get("/v1/sessions?limit=0").status()).isEqualTo(422);
        assertThat(service.get("/v1/sessions?limit=x").status()).isEqualTo(422);
        assertThat(service.get("/v1/sessions?created_after=yesterday").status()).isEqualTo(422);
        assertThat(service.get("/v1/sessions?starting_after=sess_0").status()).isEqualTo(422);
    }

    @Test
    void shouldServeUsageStatusAndPlans() {
        final JsonNode usage = service.get("/v1/usage?period=current_month").json();
        assertThat(names(usage))
                .containsExactlyInAnyOrder("period_start", "period_end", "billable_seconds", "sessions", "by_quality");
        assertThat(service.get("/v1/usage?period=last_year").status()).isEqualTo(400);
        assertThat(service.get("/v1/usage?period_start=2026-01-01T00:00:00Z").status())
                .isEqualTo(400);
        assertThat(service.get("/v1/usage?period_start=2026-01-01T00:00:00Z&period_end=2026-02-01T00:00:00Z")
                        .status())
                .isEqualTo(200);
        assertThat(service.get("/v1/status").json().path("status").asText()).isEqualTo("operational");
        assertThat(service.get("/v1/billing/plans").json().isArray()).isTrue();
        assertThat(service.get("/v1/billing/quota").status()).isEqualTo(200);
    }

    @Test
    void shouldAllowWebPages() {
        final Answer preflight = service.send("OPTIONS", "/v1/sessions", null, "Origin", "https://app.example");
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
        assertThat(preflight.header("Access-Control-Allow-Credentials")).isEqualTo("true");
        assertThat(preflight.header("Access-Control-Allow-Headers"))
                .contains("authorization", "x-api-key", "idempotency-key");
        assertThat(service.get("/v1/sessions/none", "Origin", "https://app.example")
                        .header("Access-Control-Allow-Origin"))
                .isEqualTo("https://app.example");
    }

    @Test
    void shouldServeUnderItsPrefixAndNeverRedirect() {
        assertThat(service.get("/protoface/v1/sessions").status()).isEqualTo(200);
        assertThat(service.get("/v1/sessions/").status()).isEqualTo(200);
        assertThat(service.get("/nowhere").json().path("error").path("type").asText())
                .isEqualTo("not_found");
        assertThat(service.send("DELETE", "/v1/sessions", null).status()).isEqualTo(405);
        assertThat(service.get("/v1/sessions/%00").status()).isEqualTo(400);
        assertThat(service.get("/v1/sessions?avatar_id=%00").status()).isEqualTo(400);
    }

    @Test
    void shouldTellHealthAndMetrics() {
        assertThat(service.get("/healthz").status()).isEqualTo(200);
        assertThat(service.get("/readyz").json().path("status").asText()).isEqualTo("ready");
        assertThat(service.get("/metrics").body()).contains("up 1");
    }

    static ObjectNode body() {
        final ObjectNode body = TestService.JSON.createObjectNode().put("avatar_id", "av_stock_001");
        body.putObject("transport")
                .put("type", "livekit")
                .put("url", "wss://example.livekit.cloud")
                .put("room_name", "room")
                .put("worker_token", "secret-" + ++tokens + "-" + System.nanoTime());
        return body;
    }

    private static String create() {
        return service.post("/v1/sessions", body().toString()).json().path("id").asText();
    }

    private static String code(Answer answer) {
        return answer.json().path("error").path("code").asText();
    }

    private static JsonNode await(String id, String status) throws InterruptedException {
        for (int i = 0; i < 500; i++) {
            final JsonNode session = service.get("/v1/sessions/" + id).json();
            if (session.path("status").asText().equals(status)) {
                return session;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new AssertionError(service.get("/v1/sessions/" + id).body());
    }

    private static Iterable<String> names(JsonNode node) {
        return () -> {
            final Iterator<String> names = node.fieldNames();
            return names;
        };
    }
}
