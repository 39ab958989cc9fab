package dev.mouthpiece.worker.whep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.testkit.PythonEnv;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Another stack than the browser's watches and speaks, by the two protocols alone. */
@Tag("slow")
class OtherViewerTest {
    private static final String TOKEN = "the-session-s-token";

    @Test
    void shouldBeWatchedAndDrivenByAProgramThatKnowsOnlyWhepAndWebSockets() throws Exception {
        final URL script = Objects.requireNonNull(getClass().getResource("/testkit/whep_viewer.py"));
        final Path python = PythonEnv.of("whep", List.of("aiortc==1.16.0", "aiohttp==3.13.2", "numpy==2.2.6"))
                .python();
        try (DevServer server = new DevServer(0, WhepConfig.DEFAULT)) {
            final String session = DevServer.id(server.open("av_pattern", TOKEN));
            final String url = server.url().replace("localhost", "127.0.0.1") + "/whep/" + session;
            final Process viewer = new ProcessBuilder(
                            python.toString(),
                            "-W",
                            "ignore",
                            Path.of(script.toURI()).toString(),
                            url,
                            url.replace("http", "ws") + "/speech",
                            TOKEN)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            final String told = new String(viewer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(viewer.waitFor(60, TimeUnit.SECONDS)).isTrue();

            final JsonNode seen = new ObjectMapper().readTree(told);
            assertThat(seen.path("status").asInt()).as(told).isEqualTo(201);
            assertThat(seen.path("size").toString()).isEqualTo("[368,560]");
            assertThat(seen.at("/idle/frames").asInt()).as("frames in 2 s").isGreaterThan(25);
            assertThat(seen.at("/idle/brightest").asDouble())
                    .as("test card at rest")
                    .isLessThan(128);
            assertThat(seen.path("brightest").asDouble())
                    .as("test card with the tone")
                    .isGreaterThan(200);
            assertThat(seen.path("loudest").asInt()).as("tone").isGreaterThan(8_000);
            assertThat(seen.path("left").asInt()).isEqualTo(200);
            final JsonNode last = seen.path("events").get(seen.path("events").size() - 1);
            assertThat(last.path("type").asText()).isEqualTo("playback_finished");
            assertThat(last.path("position").asDouble()).isEqualTo(1.0);
            assertThat(last.path("interrupted").asBoolean()).isFalse();
        }
    }
}
