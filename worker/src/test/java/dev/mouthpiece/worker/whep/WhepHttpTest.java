package dev.mouthpiece.worker.whep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.PeerConfig;
import io.javalin.Javalin;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The signalling, status by status and header by header, against real peer connections. */
@Tag("slow")
class WhepHttpTest {
    private static final String TOKEN = "the-session-s-token";
    private static final String SDP = "application/sdp";
    private static final String FRAGMENT = "application/trickle-ice-sdpfrag";
    private static final String CANDIDATE = "a=mid:0\r\na=candidate:1 1 udp 2122260223 127.0.0.1 9 typ host\r\n";
    private static final String RESTART = "a=ice-ufrag:newu\r\na=ice-pwd:anewpasswordof22letters\r\n";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final JsonNode DOCUMENT = document();

    private static DevServer server;
    private static String offer;

    private DevServer.Shown session;
    private String endpoint;

    @BeforeAll
    static void start() throws Exception {
        final var servers = List.of(
                new IceServer(List.of("stun:127.0.0.1:9"), "", ""),
                new IceServer(List.of("turn:127.0.0.1:9?transport=udp"), "joe", "secret"));
        final WhepConfig usual = WhepConfig.DEFAULT;
        server = new DevServer(
                0,
                new WhepConfig(
                        new PeerConfig(servers, false, NetworkConfig.DEFAULT),
                        usual.media(),
                        3,
                        usual.maxSpeakers(),
                        60));
        try (InputStream in = WhepHttpTest.class.getResourceAsStream("chromium-offer.sdp")) {
            offer = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        session = server.open("av_pattern", TOKEN);
        endpoint = "/whep/" + DevServer.id(session);
    }

    @AfterEach
    void end() {
        server.end(DevServer.id(session));
    }

    @Test
    void shouldAnswerAnOfferWith201AndWhatTheDraftAsksFor() throws Exception {
        final HttpResponse<String> answer = send("POST", endpoint, offer, SDP);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(header(answer, "Content-Type")).isEqualTo(SDP);
        assertThat(header(answer, "Location")).matches(endpoint + "/[0-9a-f]{24}");
        assertThat(header(answer, "ETag")).matches("\"[^\"]+\"");
        assertThat(header(answer, "Accept-Patch")).isEqualTo(FRAGMENT);
        assertThat(header(answer, "Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(header(answer, "Access-Control-Expose-Headers")).contains("Location", "ETag", "Link");
        assertThat(answer.headers().allValues("Link"))
                .containsExactly(
                        "<stun:127.0.0.1:9>; rel=\"ice-server\"",
                        "<turn:127.0.0.1:9?transport=udp>; rel=\"ice-server\"; username=\"joe\"; credential=\"secret\";"
                                + " credential-type=\"password\"");
        assertThat(answer.body())
                .startsWith("v=0")
                .contains("a=candidate:", "a=group:BUNDLE", "H264/90000", "opus/48000");
        assertThat(answer.body()).doesNotContain("VP8", "a=sendrecv", "a=inactive");
        assertThat(answer.body().split("a=sendonly", -1)).hasSize(3);
    }

    @Test
    void shouldOpenToTheSessionsTokenOnly() throws Exception {
        final HttpRequest.Builder request = HttpRequest.newBuilder(uri(endpoint))
                .POST(BodyPublishers.ofString(offer))
                .header("Content-Type", SDP);
        final HttpResponse<String> without = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        final HttpResponse<String> wrong = CLIENT.send(
                request.header("Authorization", "Bearer guess").build(), HttpResponse.BodyHandlers.ofString());

        for (final HttpResponse<String> refused : List.of(without, wrong)) {
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(header(refused, "WWW-Authenticate")).startsWith("Bearer");
            assertThat(header(refused, "Access-Control-Allow-Origin")).isEqualTo("*");
        }
        assertThat(send("POST", "/whep/sess_unknown", offer, SDP).statusCode()).isEqualTo(404);
    }

    @Test
    void shouldSayWhatIsWrongWithAnOffer() throws Exception {
        refuses(send("POST", endpoint, offer, "text/plain"), 415, "application/sdp");
        refuses(send("POST", endpoint, "", SDP), 400, "empty");
        refuses(send("POST", endpoint, "hello", SDP), 400, "no SDP");
        refuses(send("POST", endpoint, offer.replace("a=fingerprint", "a=finger"), SDP), 400, "none of WebRTC");
        refuses(send("POST", endpoint, offer.replace("a=recvonly", "a=sendonly"), SDP), 422, "offer recvonly");
        refuses(
                send("POST", endpoint, offer.replace("H264", "H999").replace("VP8", "VP7"), SDP),
                422,
                "neither H264 nor VP8");
        refuses(send("POST", endpoint, offer + "a=x:" + "x".repeat(70_000) + "\r\n", SDP), 413, "65536");
        // What our own check lets pass, WebRTC itself does not take.
        refuses(
                send(
                        "POST",
                        endpoint,
                        offer.replaceAll("a=fingerprint:sha-256 [^\r]*", "a=fingerprint:sha-256 zz"),
                        SDP),
                400,
                "not understood");
        assertThat(send("POST", endpoint, offer, "Application/SDP; charset=utf-8")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void shouldSendVp8WhereTheViewerLacksH264() throws Exception {
        final HttpResponse<String> answer = send("POST", endpoint, offer.replace("H264", "H999"), SDP);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.body()).contains("VP8/90000").doesNotContain("H264");
    }

    @Test
    void shouldTellWhichMethodsAreAllowed() throws Exception {
        for (final String method : List.of("GET", "PUT", "PATCH", "DELETE")) {
            final HttpResponse<String> refused = send(method, endpoint, "", SDP);
            assertThat(refused.statusCode()).as(method).isEqualTo(405);
            assertThat(header(refused, "Allow")).isEqualTo("POST, OPTIONS");
        }
        for (final String method : List.of("GET", "PUT", "POST")) {
            final HttpResponse<String> refused = send(method, endpoint + "/v", "", SDP);
            assertThat(refused.statusCode()).as(method).isEqualTo(405);
            assertThat(header(refused, "Allow")).isEqualTo("PATCH, DELETE, OPTIONS");
        }
    }

    @Test
    void shouldAskForAnUpgradeWhereSpeechComesWithout() throws Exception {
        final HttpResponse<String> refused = send("GET", endpoint + "/speech", "", SDP);

        assertThat(refused.statusCode()).isEqualTo(426);
        assertThat(header(refused, "Upgrade")).isEqualTo("websocket");
        assertThat(refused.body()).contains("ws://");
    }

    @Test
    void shouldLetOtherOriginsAskBeforehand() throws Exception {
        final HttpResponse<String> toEndpoint = send("OPTIONS", endpoint, "", SDP);
        assertThat(toEndpoint.statusCode()).isEqualTo(204);
        assertThat(header(toEndpoint, "Access-Control-Allow-Methods")).contains("POST");
        assertThat(header(toEndpoint, "Access-Control-Allow-Headers"))
                .contains("Authorization", "Content-Type", "If-Match");
        assertThat(header(toEndpoint, "Accept-Post")).isEqualTo(SDP);

        final HttpResponse<String> toViewer = send("OPTIONS", endpoint + "/v", "", SDP);
        assertThat(header(toViewer, "Access-Control-Allow-Methods")).contains("PATCH", "DELETE");
        assertThat(header(toViewer, "Accept-Patch")).isEqualTo(FRAGMENT);
    }

    @Test
    void shouldTakeCandidatesForTheCurrentCredentialsOnly() throws Exception {
        final HttpResponse<String> answer = send("POST", endpoint, offer, SDP);
        final String viewer = header(answer, "Location");
        final String etag = header(answer, "ETag");

        assertThat(send("PATCH", viewer, CANDIDATE, FRAGMENT, "If-Match", etag).statusCode())
                .isEqualTo(204);
        refuses(send("PATCH", viewer, CANDIDATE, FRAGMENT), 428, "If-Match");
        refuses(send("PATCH", viewer, CANDIDATE, FRAGMENT, "If-Match", "\"old\""), 412, etag);
        refuses(send("PATCH", viewer, CANDIDATE, SDP, "If-Match", etag), 415, FRAGMENT);
        refuses(send("PATCH", viewer, "hello", FRAGMENT, "If-Match", etag), 400, "not a line of SDP");
        refuses(send("PATCH", endpoint + "/nobody", CANDIDATE, FRAGMENT, "If-Match", etag), 404, "no such viewer");
    }

    @Test
    void shouldRestartIceWithNewCredentialsOfItsOwn() throws Exception {
        final HttpResponse<String> answer = send("POST", endpoint, offer, SDP);
        final String viewer = header(answer, "Location");
        final String oldEtag = header(answer, "ETag");
        final HttpResponse<String> restarted = send("PATCH", viewer, RESTART, FRAGMENT, "If-Match", "*");

        assertThat(restarted.statusCode()).as(restarted.body()).isEqualTo(200);
        assertThat(header(restarted, "Content-Type")).isEqualTo(FRAGMENT);
        assertThat(restarted.body()).contains("a=ice-pwd:", "a=candidate:", "a=mid:");
        final String ufrag = restarted.body().lines().findFirst().orElseThrow();
        assertThat(ufrag).startsWith("a=ice-ufrag:");
        assertThat(answer.body()).doesNotContain(ufrag);
        final String etag = header(restarted, "ETag");
        assertThat(etag).isNotEqualTo(oldEtag);
        refuses(send("PATCH", viewer, CANDIDATE, FRAGMENT, "If-Match", oldEtag), 412, etag);
        assertThat(send("PATCH", viewer, CANDIDATE, FRAGMENT, "If-Match", etag).statusCode())
                .isEqualTo(204);
    }

    @Test
    void shouldLetAViewerGoOnce() throws Exception {
        final String viewer = header(send("POST", endpoint, offer, SDP), "Location");

        assertThat(send("DELETE", viewer, "", SDP).statusCode()).isEqualTo(200);
        refuses(send("DELETE", viewer, "", SDP), 404, "no such viewer");
    }

    @Test
    void shouldRefuseOneViewerTooManyUntilAnotherHasLeft() throws Exception {
        final String first = header(send("POST", endpoint, offer, SDP), "Location");
        send("POST", endpoint, offer, SDP);
        send("POST", endpoint, offer, SDP);
        final HttpResponse<String> refused = send("POST", endpoint, offer, SDP);

        refuses(refused, 503, "3 viewers");
        assertThat(header(refused, "Retry-After")).matches("[0-9]+");
        send("DELETE", first, "", SDP);
        assertThat(send("POST", endpoint, offer, SDP).statusCode()).isEqualTo(201);
    }

    @Test
    void shouldAskToTryAgainWhereTheSessionHasNotStarted() throws Exception {
        server.rooms().expect("sess_late", TOKEN);
        final HttpResponse<String> refused = send("POST", "/whep/sess_late", offer, SDP);

        refuses(refused, 409, "not started");
        assertThat(header(refused, "Retry-After")).isEqualTo("1");
        server.rooms().forget("sess_late");
        assertThat(send("POST", "/whep/sess_late", offer, SDP).statusCode()).isEqualTo(404);
    }

    private static void refuses(HttpResponse<String> response, int status, String words) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains(words);
    }

    @Test
    void shouldWaitForABodyAsLongAsIsAllowedAndNoLonger() throws Exception {
        final Javalin impatient = Javalin.create(config -> config.useVirtualThreads = true);
        WhepRoutes.register(impatient, server.rooms(), Duration.ofMillis(400));
        impatient.start("127.0.0.1", 0);
        try {
            // One stops in mid-body, the other never stops and never comes to its end.
            assertThat(unfinished(impatient.port(), "POST", endpoint, SDP, 0)).startsWith("HTTP/1.1 408 ");
            assertThat(unfinished(impatient.port(), "POST", endpoint, SDP, 60)).startsWith("HTTP/1.1 408 ");
            assertThat(unfinished(impatient.port(), "PATCH", endpoint + "/v", FRAGMENT, 0))
                    .startsWith("HTTP/1.1 408 ");
            assertDocumented("POST", endpoint, 408);
            assertDocumented("PATCH", endpoint + "/v", 408);
        } finally {
            impatient.stop();
        }
    }

    /** The first line of the answer to a body that begins, and then trickles in a byte each {@code everyMs}; 0 for nothing more. */
    private static String unfinished(int port, String method, String path, String type, int everyMs) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            final OutputStream out = socket.getOutputStream();
            final String head = """
                    %s %s HTTP/1.1
                    Host: localhost
                    Authorization: Bearer %s
                    If-Match: *
                    Content-Type: %s
                    Content-Length: 60000

                    v=0
                    """.formatted(method, path, TOKEN, type);
            out.write(head.replace("\n", "\r\n").getBytes(UTF_8));
            out.flush();
            final Thread more = Thread.startVirtualThread(() -> trickle(out, everyMs));
            final var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            final String line = in.readLine();
            more.interrupt();
            return String.valueOf(line);
        }
    }

    private static void trickle(OutputStream out, int everyMs) {
        try {
            while (everyMs > 0) {
                Thread.sleep(everyMs);
                out.write('a');
                out.flush();
            }
        } catch (IOException | InterruptedException e) {
            // It was answered.
        }
    }

    private static HttpResponse<String> send(String method, String path, String body, String type, String... headers)
            throws Exception {
        final HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("Content-Type", type)
                .header("Authorization", "Bearer " + TOKEN);
        if (headers.length > 0) {
            request.headers(headers);
        }
        final HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 405) {
            assertDocumented(method, path, response.statusCode());
        }
        return response;
    }

    /** What a caller may be answered stands in the OpenAPI document. */
    private static void assertDocumented(String method, String path, int status) {
        final String template = path.split("/", -1).length == 3
                ? "/whep/{session}"
                : path.endsWith("/speech") ? "/whep/{session}/speech" : "/whep/{session}/{viewer}";
        assertThat(DOCUMENT.path("paths")
                        .path(template)
                        .path(method.toLowerCase(Locale.ROOT))
                        .path("responses")
                        .has(Integer.toString(status)))
                .as(method + " " + template + " with " + status)
                .isTrue();
    }

    private static JsonNode document() {
        try (InputStream in = WhepRoutes.class.getResourceAsStream("/dev/mouthpiece/worker/api/openapi.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static URI uri(String path) {
        return URI.create(server.url() + path);
    }
}
