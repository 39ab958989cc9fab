package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.NodeEnv;
import dev.mouthpiece.worker.testkit.PythonEnv;
import dev.mouthpiece.worker.testkit.PythonViewer;
import dev.mouthpiece.worker.testkit.ScriptProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The published clients, as shipped, with the daemon and a real LiveKit server. */
@Tag("slow")
class RealClientsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    private static Path folder;

    private static Path portrait = Path.of("");
    private static LiveKitServer server;
    private static TestDaemon daemon;

    @BeforeAll
    static void start() throws IOException {
        portrait = Files.write(folder.resolve("portrait.jpg"), PlatformAvatars.picture("av_stock_002"));
        server = LiveKitServer.start();
        daemon = TestDaemon.start(Files.createDirectory(folder.resolve("home")));
    }

    @AfterAll
    static void stop() {
        daemon.close();
        server.close();
    }

    private static Map<String, String> liveKit() {
        return Map.of(
                "LIVEKIT_URL", server.url(),
                "LIVEKIT_API_KEY", LiveKitServer.KEY,
                "LIVEKIT_API_SECRET", LiveKitServer.SECRET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"protoface-sdk", "livekit-plugins-protoface", "livekit-plugins-lemonslice"})
    void shouldContentThePythonClient(String client) {
        assertContent(PythonEnv.livekit(), client);
    }

    @Test
    void shouldContentPipecat() {
        assertContent(PythonEnv.pipecat(), "pipecat");
    }

    private static void assertContent(PythonEnv python, String client) {
        final String said =
                python.run("clients.py", liveKit(), client, daemon.url(), daemon.key(), portrait.toString());

        assertThat(said).contains("ok " + client);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveANodeAgentItsFace(boolean isUploaded) {
        final String said = NodeEnv.livekit()
                .run(
                        "lemonslice.cjs",
                        liveKit(),
                        daemon.url(),
                        daemon.key(),
                        "node-room-" + isUploaded,
                        isUploaded ? portrait.toString() : "av_pattern");

        assertThat(said).endsWith("ok\n");
    }

    @ParameterizedTest
    @CsvSource({
        "protoface, '', /v1/sessions/, status, ended",
        "lemonslice, /api/liveai/sessions, /api/liveai/sessions/, session_status, COMPLETED"
    })
    void shouldGiveAnAgentItsFace(String plugin, String apiPath, String sessions, String field, String ended) {
        final String room = plugin + "-room";
        final String avatar = plugin + "-avatar-agent";
        try (PythonViewer viewer = PythonViewer.alone();
                Agent agent = new Agent(PythonEnv.livekit().script("plugins.py", liveKit()), plugin)) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), avatar);
            final String session = agent.start(room, daemon.url() + apiPath);
            viewer.await(0, "first_video", LIMIT);

            agent.say(2.0);
            final JsonNode whole = agent.said();
            assertThat(whole.path("position").asDouble()).as(whole.toString()).isEqualTo(2.0, within(0.05));
            assertThat(whole.path("interrupted").asBoolean()).isFalse();
            viewer.await(0, "sound_start", LIMIT);
            final JsonNode seen = viewer.report();
            assertThat(seen.path("frames").asInt()).as(seen.toString()).isGreaterThan(20);

            // What is said next may follow so soon that a listener hears no pause.
            viewer.await(0, "sound_stop", LIMIT);
            final int mark = viewer.mark();
            agent.say(20.0);
            viewer.await(mark, "sound_start", LIMIT);
            agent.interrupt();
            final JsonNode cut = agent.said();
            assertThat(cut.path("interrupted").asBoolean()).as(cut.toString()).isTrue();
            assertThat(cut.path("position").asDouble()).isStrictlyBetween(0.0, 20.0);
            viewer.await(mark, "sound_stop", LIMIT);

            agent.say(1.0);
            final JsonNode next = agent.said();
            assertThat(next.path("position").asDouble()).as(next.toString()).isEqualTo(1.0, within(0.05));
            assertThat(next.path("interrupted").asBoolean()).isFalse();
            assertThat(agent.warnings()).doesNotContain("playback");

            agent.stop();
            viewer.await(0, "participant_disconnected", LIMIT);
            awaitStatus(sessions + session, field, ended);
        }
    }

    private static void awaitStatus(String path, String field, String wanted) {
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        JsonNode shown = daemon.get(path);
        while (!shown.path(field).asText().equals(wanted)) {
            assertThat(deadlineNs - System.nanoTime()).as(shown.toString()).isPositive();
            shown = daemon.get(path);
        }
    }

    /** The agent of {@code plugins.py}. */
    private static final class Agent implements AutoCloseable {
        private final ScriptProcess script;
        private final String plugin;
        private int mark;

        Agent(ScriptProcess script, String plugin) {
            this.script = script;
            this.plugin = plugin;
        }

        private ObjectNode command(String name) {
            return ScriptProcess.command(plugin, name);
        }

        private void send(ObjectNode command) {
            mark = script.mark();
            script.send(command);
        }

        private JsonNode await(String event) {
            return script.await(mark, told -> told.path("ev").asText().equals(event), LIMIT, event);
        }

        String start(String room, String apiUrl) {
            send(command("start")
                    .put("plugin", plugin)
                    .put("room", room)
                    .put("api_url", apiUrl)
                    .put("api_key", daemon.key()));
            return await("started").path("session").asText();
        }

        void say(double seconds) {
            send(command("say").put("seconds", seconds));
        }

        void interrupt() {
            script.send(command("interrupt"));
        }

        JsonNode said() {
            return await("said");
        }

        String warnings() {
            return script.since(0).stream()
                    .filter(told -> told.path("ev").asText().equals("warned"))
                    .toList()
                    .toString();
        }

        void stop() {
            send(command("stop"));
            await("stopped");
        }

        @Override
        public void close() {
            script.close();
        }
    }
}
