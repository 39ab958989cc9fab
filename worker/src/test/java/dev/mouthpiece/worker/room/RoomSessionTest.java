package dev.mouthpiece.worker.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.PythonAgent;
import dev.mouthpiece.worker.testkit.PythonMicrophone;
import dev.mouthpiece.worker.testkit.PythonViewer;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** The whole way with real parts: LiveKit server, livekit-agents, our model, and somebody who watches. */
@Tag("slow")
class RoomSessionTest {
    private static final String AGENT = "agent";
    private static final String AVATAR = "avatar";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static TestHost host;
    private static LiveKitServer server;

    private final Story story = new Story();
    private String room = "";

    @BeforeAll
    static void start() {
        host = new TestHost();
        server = host.server;
    }

    @AfterAll
    static void stop() {
        host.close();
    }

    @BeforeEach
    void name(TestInfo test) {
        room = test.getTestMethod().orElseThrow().getName();
    }

    @Test
    void shouldSpeakAnAgentsTurnWhileSomebodyWatches() {
        final RoomSession session = join("puppet", RoomOrder.AudioSource.DATA_STREAM);
        story.await("on air");
        try (PythonViewer viewer = PythonViewer.alone();
                PythonAgent agent = PythonAgent.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            agent.join(server, server.tokens().agent(room, AGENT).mint(), PythonAgent.Options.standard(AVATAR));
            agent.push(2.0);
            agent.flush();

            final JsonNode end = agent.awaitPlayout(LIMIT);
            assertThat(end.path("position").asDouble()).isEqualTo(2.0, within(0.05));
            assertThat(end.path("interrupted").asBoolean()).isFalse();
            story.await("spoken 1 2000000");
            assertThat(story.all()).contains("speaker agent", "speaking 1");

            final JsonNode seen = viewer.report();
            assertThat(seen.path("frames").asInt()).as(seen.toString()).isGreaterThan(20);
            assertThat(seen.path("sizes").toString()).contains("368x560");
            assertThat(seen.path("stats").toString()).contains("video/H264");
            session.leave();
            story.await("over OWN_LEAVE fine");
        }
    }

    @Test
    void shouldStopAtOnceAndSayHowFarItCameWhenInterrupted() {
        final RoomSession session = join("puppet", RoomOrder.AudioSource.DATA_STREAM);
        story.await("on air");
        try (PythonAgent agent = PythonAgent.alone()) {
            agent.join(server, server.tokens().agent(room, AGENT).mint(), PythonAgent.Options.standard(AVATAR));
            agent.push(8.0);
            agent.flush();
            story.await("speaking 1");
            agent.clear();

            final JsonNode end = agent.awaitPlayout(LIMIT);
            assertThat(end.path("interrupted").asBoolean()).isTrue();
            assertThat(end.path("position").asDouble()).isLessThan(8.0);
            assertThat(story.await("spoken 1")).endsWith("interrupted");
            session.leave();
            story.await("over OWN_LEAVE fine");
        }
    }

    @Test
    void shouldSpeakWhatAMicrophoneSays() {
        final RoomSession session = join("pattern", RoomOrder.AudioSource.TRACK);
        story.await("on air");
        try (PythonMicrophone microphone = PythonMicrophone.alone()) {
            microphone.join(server, server.tokens().viewer(room, AGENT).mint());
            microphone.speak(1.5);

            story.await("speaker agent");
            story.await("speaking 1");
            final String spoken = story.await("spoken 1");
            final double seconds = Long.parseLong(spoken.substring("spoken 1 ".length())) / 1e6;
            assertThat(seconds).as("the tone and the pause that ends it").isBetween(1.4, 2.6);
            session.leave();
            story.await("over OWN_LEAVE fine");
        }
    }

    @Test
    void shouldEndWithoutBlameWhenRemoved() {
        join("pattern", RoomOrder.AudioSource.DATA_STREAM);
        story.await("on air");

        server.remove(room, AVATAR);

        story.await("over REMOVED fine");
    }

    @Test
    void shouldFailWhenTheServerRefusesTheToken() {
        host.host.join(
                room,
                RoomOrder.of(
                        server.url(), server.tokens().unknownKey(room, AVATAR).mint()),
                host.face("pattern"),
                1,
                story);

        assertThat(story.await("over")).startsWith("over REFUSED failed").contains("token");
    }

    @Test
    void shouldSayThatItMayNotHearAMicrophone() {
        host.join(server.tokens().deafAvatar(room, AVATAR, AGENT), "pattern", RoomOrder.AudioSource.TRACK, story);

        assertThat(story.await("over")).startsWith("over REFUSED failed").contains("the token", "canSubscribe");
    }

    @Test
    void shouldRefuseAnAddressThatIsNone() {
        final AvatarLibrary.Loan face = host.face("pattern");

        assertThatThrownBy(() -> host.host.join(
                        room,
                        RoomOrder.of(
                                "nonsense", server.tokens().agent(room, AVATAR).mint()),
                        face,
                        1,
                        story))
                .isInstanceOf(RoomException.class)
                .hasMessageContaining("wss://");
    }

    private RoomSession join(String model, RoomOrder.AudioSource source) {
        return host.join(server.tokens().avatar(room, AVATAR, AGENT), model, source, story);
    }
}
