package dev.mouthpiece.worker.studio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import io.javalin.http.UnauthorizedResponse;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class StudioRoutesTest {
    private static final int MAX_PAGE_BYTES = 150 * 1024;
    private static final Pattern REFERENCE =
            Pattern.compile("(?:src|href)=\"([^\"#]+)\"|from '\\./([^']+)'|addModule\\('([^']+)'\\)");
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    private static final Overview OVERVIEW = new Overview(
            "2026-11-21T07:00:00Z",
            List.of(new Overview.SessionView("sess_1", "running", "Nora", "browser, 1 viewer", 12, "")),
            List.of(new Overview.WorkerView("w1", "here", "ready", 1, 8, "CPU, 2 cores")),
            List.of(new Overview.AvatarView("av_1", "Nora", "ready", "")));

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static Javalin app;
    private static boolean isOpen = true;

    @BeforeAll
    static void start() {
        app = Javalin.create(config -> config.showJavalinBanner = false);
        StudioRoutes.register(
                app,
                (caller, avatar) -> avatar.equals("av_1") ? Optional.of(PNG) : Optional.empty(),
                caller -> OVERVIEW,
                caller -> {
                    if (!isOpen) {
                        throw new UnauthorizedResponse("no key");
                    }
                });
        app.start("127.0.0.1", 0);
    }

    @AfterAll
    static void stop() {
        app.stop();
    }

    @Test
    void shouldServeEveryFileThatThePageAsksForInLessThan150KilobytesAndNothingFromElsewhere() throws Exception {
        final Set<String> wanted = new LinkedHashSet<>(List.of("/"));
        int bytes = 0;
        for (final List<String> queue = new ArrayList<>(wanted); !queue.isEmpty(); ) {
            final String path = queue.removeFirst();
            final HttpResponse<String> response = get(path);
            assertThat(response.statusCode()).as(path).isEqualTo(200);
            final String text = response.body();
            bytes += text.getBytes(UTF_8).length;
            assertThat(text.replace("http://www.w3.org/2000/svg", "").replace("http://localhost", ""))
                    .as(path)
                    .doesNotContainPattern("(https?:)?//[a-z]+\\.[a-z]");
            final Matcher reference = REFERENCE.matcher(text);
            while (reference.find()) {
                final String name = Optional.ofNullable(reference.group(1))
                        .or(() -> Optional.ofNullable(reference.group(2)))
                        .orElseGet(() -> reference.group(3));
                if (wanted.add("/" + name)) {
                    queue.add("/" + name);
                }
            }
        }
        assertThat(wanted).contains("/studio.js", "/studio.css", "/mic-worklet.js", "/operator.js", "/icon.svg");
        assertThat(bytes).isBetween(20_000, MAX_PAGE_BYTES);
    }

    @Test
    void shouldLetThePageLoadNothingFromElsewhereAndBeFramedByNobody() throws Exception {
        final HttpResponse<String> page = get("/");

        assertThat(page.headers().firstValue("Content-Security-Policy"))
                .get()
                .asString()
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");
        assertThat(page.headers().firstValue("Content-Type")).contains("text/html;charset=utf-8");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    }

    @Test
    void shouldAnswer304WhereTheBrowserHasTheFile() throws Exception {
        final String etag = get("/studio.js").headers().firstValue("ETag").orElseThrow();

        assertThat(get("/studio.js", "If-None-Match", etag).statusCode()).isEqualTo(304);
        assertThat(get("/studio.js", "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
    }

    @Test
    void shouldOfferSamplesThatAreThere() throws Exception {
        final JsonNode samples =
                new ObjectMapper().readTree(get("/studio/samples").body()).path("samples");

        assertThat(samples).hasSize(3);
        for (final JsonNode sample : samples) {
            assertThat(sample.path("title").asText()).isNotEmpty();
            assertThat(sample.path("text").asText()).isNotEmpty();
            final HttpResponse<String> sound = get(sample.path("url").asText());
            assertThat(sound.statusCode()).isEqualTo(200);
            assertThat(sound.body()).startsWith("RIFF");
        }
    }

    @Test
    void shouldGiveAnAvatarsPictureWithItsType() throws Exception {
        assertThat(get("/studio/avatars/av_1/picture").headers().firstValue("Content-Type"))
                .contains("image/png");
        assertThat(get("/studio/avatars/av_2/picture").statusCode()).isEqualTo(404);
    }

    @Test
    void shouldTellTheOverviewAtOnceAsAnEvent() throws Exception {
        final var request = HttpRequest.newBuilder(uri("/studio/overview")).build();
        try (var lines = new BufferedReader(new InputStreamReader(
                CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream()).body(), UTF_8))) {
            final String line = lines.readLine();

            assertThat(line).startsWith("data:");
            final JsonNode told = new ObjectMapper().readTree(line.substring(5));
            assertThat(told.at("/sessions/0/avatar_name").asText()).isEqualTo("Nora");
            assertThat(told.at("/workers/0/capacity").asInt()).isEqualTo(8);
            assertThat(told.at("/avatars/0/failure_reason").asText()).isEmpty();
        }
    }

    @Test
    void shouldShowNothingToWhomTheGuardRefuses() throws Exception {
        isOpen = false;
        try {
            assertThat(get("/studio/overview").statusCode()).isEqualTo(401);
            assertThat(get("/studio/avatars/av_1/picture").statusCode()).isEqualTo(401);
        } finally {
            isOpen = true;
        }
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        final HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static URI uri(String path) {
        return URI.create("http://127.0.0.1:" + app.port() + path);
    }
}
