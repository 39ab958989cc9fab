package dev.mouthpiece.worker.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import livekit.LivekitModels.ParticipantInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The real Python clients, among themselves: what they do with an avatar is tested where the avatar is. */
@Tag("slow")
class PythonClientsTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static LiveKitServer server;

    @BeforeAll
    static void start() {
        server = LiveKitServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void shouldSeeAndHearEachOther() {
        final String room = "meeting";
        try (PythonMicrophone mic = PythonMicrophone.alone();
                PythonViewer viewer = PythonViewer.alone();
                PythonAgent agent = PythonAgent.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), "speaker");
            mic.join(server, server.tokens().viewer(room, "speaker").mint());
            final JsonNode joined = agent.join(
                    server,
                    server.tokens()
                            .agent(room, "agent")
                            .attribute("mood", "good")
                            .mint(),
                    PythonAgent.Options.standard("speaker"));
            assertThat(joined.path("participants").findValuesAsText("identity"))
                    .containsExactlyInAnyOrder("viewer", "speaker");

            mic.send(
                    mic.command("publish").put("seconds", 0.5).put("pause", 0.5).put("loops", 2));
            assertThat(viewer.await(0, "subscribed", LIMIT).path("identity").asText())
                    .isEqualTo("speaker");
            final JsonNode start = viewer.await(0, "sound_start", LIMIT);
            final JsonNode stop = viewer.await(0, "sound_stop", LIMIT);
            assertThat((stop.path("at").asLong() - start.path("at").asLong()) / 1e9)
                    .isBetween(0.3, 0.8);
            assertThat(start.path("at").asLong()
                            - mic.await(0, "speaking", LIMIT).path("t").asLong())
                    .as("the clock is one")
                    .isBetween(0L, Duration.ofSeconds(5).toNanos());
            mic.await(0, "spoken", LIMIT);
            assertThat(viewer.report().path("beeps").asInt()).isEqualTo(2);
            mic.unpublish();
            viewer.await(0, "unsubscribed", LIMIT);

            final List<ParticipantInfo> present = server.participants(room);
            assertThat(present).extracting(ParticipantInfo::getIdentity).contains("agent", "viewer", "speaker");
            final ParticipantInfo seen = server.participant(room, "agent").orElseThrow();
            assertThat(seen.getKind()).isEqualTo(ParticipantInfo.Kind.AGENT);
            assertThat(seen.getAttributesMap()).containsEntry("mood", "good");
        }
    }

    @Test
    void shouldTellWhenThrownOut() {
        try (PythonViewer viewer = PythonViewer.alone()) {
            viewer.join(server, server.tokens().viewer("tavern", "guest").mint(), "nobody");

            server.remove("tavern", "guest");

            viewer.await(0, "disconnected", LIMIT);
        }
    }

    @Test
    void shouldFailTheTestWhenTheClientFails() {
        try (PythonViewer viewer = PythonViewer.alone()) {
            final String forged = server.tokens().forged("tavern", "thief").mint();

            assertThatThrownBy(() -> viewer.join(server, forged, "nobody"))
                    .isInstanceOf(TestKitException.class)
                    .hasMessageContaining("joined")
                    .hasMessageContaining("error");
        }
    }

    @Test
    void shouldGetErrorWhenTheAvatarDoesNotAnswer() {
        try (ScriptProcess script = PythonEnv.livekit().script("agent.py");
                PythonAgent deaf = PythonAgent.in(script, "deaf");
                PythonAgent agent = PythonAgent.in(script, "agent")) {
            deaf.join(server, server.tokens().agent("hall", "deaf").mint(), PythonAgent.Options.standard("agent"));
            agent.join(server, server.tokens().agent("hall", "agent").mint(), PythonAgent.Options.standard("deaf"));

            assertThat(agent.rpc("lk.clear_buffer", "").path("code").asInt()).isEqualTo(1400);
        }
    }
}
