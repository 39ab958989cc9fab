package dev.mouthpiece.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.NodeEnv;
import dev.mouthpiece.worker.testkit.PythonAgent;
import dev.mouthpiece.worker.testkit.PythonEnv;
import dev.mouthpiece.worker.testkit.PythonViewer;
import dev.mouthpiece.worker.testkit.ScriptProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Several faces at once, other clients, and rooms that end, with all real parts. */
@Tag("slow")
class SeveralRoomsTest {
    private static final int ROOMS = 8;
    private static final Duration LIMIT = Duration.ofSeconds(60);

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
    void shouldHearInEachOfEightRoomsItsOwnAgentOnly() {
        final List<Story> stories = new ArrayList<>();
        final List<RoomSession> sessions = new ArrayList<>();
        final List<PythonAgent> agents = new ArrayList<>();
        try (ScriptProcess script = PythonEnv.livekit().script("agent.py")) {
            for (int i = 0; i < ROOMS; i++) {
                final Story each = new Story();
                stories.add(each);
                sessions.add(join(room + i, "avatar" + i, "agent" + i, each));
            }
            for (int i = 0; i < ROOMS; i++) {
                stories.get(i).await("on air");
                final PythonAgent agent = PythonAgent.in(script, "agent" + i);
                agents.add(agent);
                agent.join(
                        server,
                        server.tokens().agent(room + i, "agent" + i).mint(),
                        PythonAgent.Options.standard("avatar" + i));
            }
            for (int i = 0; i < ROOMS; i++) {
                // How long it is tells whose it is.
                agents.get(i).push(seconds(i));
                agents.get(i).flush();
            }

            for (int i = 0; i < ROOMS; i++) {
                final JsonNode end = agents.get(i).awaitPlayout(LIMIT);
                assertThat(end.path("position").asDouble()).isEqualTo(seconds(i));
                assertThat(end.path("interrupted").asBoolean()).isFalse();
                assertThat(agents.get(i).since(0, "playback_finished")).hasSize(1);
                stories.get(i).await("spoken 1 " + Math.round(seconds(i) * 1_000_000));
                assertThat(stories.get(i).all())
                        .filteredOn(line -> line.startsWith("sp"))
                        .containsExactly(
                                "speaker agent" + i, "speaking 1", "spoken 1 " + Math.round(seconds(i) * 1_000_000));
            }
            sessions.forEach(RoomSession::leave);
            stories.forEach(each -> each.await("over OWN_LEAVE fine"));
            agents.forEach(PythonAgent::close);
        }
    }

    private static double seconds(int i) {
        return 1 + i / 5.0;
    }

    @Test
    void shouldServeTwoAvatarsInOneRoomEachByItsAgent() {
        final Story second = new Story();
        final RoomSession one = join(room, "one", "agent-one", story);
        final RoomSession two = join(room, "two", "agent-two", second);
        // Outputs of one process share their handlers.
        try (PythonAgent first = PythonAgent.alone();
                PythonAgent other = PythonAgent.alone()) {
            story.await("on air");
            second.await("on air");
            first.join(server, server.tokens().agent(room, "agent-one").mint(), PythonAgent.Options.standard("one"));
            other.join(server, server.tokens().agent(room, "agent-two").mint(), PythonAgent.Options.standard("two"));

            first.push(1.0);
            other.push(2.0);
            first.flush();
            other.flush();

            assertThat(first.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(1.0);
            assertThat(other.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(2.0);
            story.await("spoken 1 1000000");
            second.await("spoken 1 2000000");
            one.leave();
            two.leave();
            story.await("over OWN_LEAVE fine");
            second.await("over OWN_LEAVE fine");
        }
    }

    @Test
    void shouldSpeakTheTurnOfAnAgentThatRunsOnNode() {
        final RoomSession session = join(room, "avatar", "agent", story);
        story.await("on air");
        try (ScriptProcess agent = NodeEnv.livekit().script("agent.cjs")) {
            agent.send(ScriptProcess.command("agent", "join")
                    .put("url", server.url())
                    .put("token", server.tokens().agent(room, "agent").mint())
                    .put("avatar", "avatar")
                    .put("wait_playback_start", true));
            agent.await("joined", LIMIT);
            agent.send(ScriptProcess.command("agent", "push").put("seconds", 2.0));
            agent.await("pushed", LIMIT);
            agent.send(ScriptProcess.command("agent", "flush"));
            agent.send(ScriptProcess.command("agent", "playout"));

            final JsonNode end = agent.await("playout", LIMIT);
            assertThat(end.path("position").asDouble()).isEqualTo(2.0);
            assertThat(end.path("interrupted").asBoolean()).isFalse();
            agent.await("playback_started", LIMIT);
            assertThat(agent.since(0).stream()
                            .filter(event -> event.path("ev").asText().equals("playback_finished")))
                    .hasSize(1);
            session.leave();
            story.await("over OWN_LEAVE fine");
        }
    }

    @Test
    void shouldHearItsAgentWhenItMayNotSubscribe() {
        final RoomSession session = host.join(
                server.tokens().deafAvatar(room, "avatar", "agent"),
                "pattern",
                RoomOrder.AudioSource.DATA_STREAM,
                story);
        story.await("on air");
        try (PythonAgent agent = PythonAgent.alone()) {
            agent.join(server, server.tokens().agent(room, "agent").mint(), PythonAgent.Options.standard("avatar"));
            agent.push(1.0);
            agent.flush();

            assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(1.0);
            session.leave();
            story.await("over OWN_LEAVE fine");
        }
    }

    @Test
    void shouldGiveWayToAnotherWithItsIdentity() {
        join(room, "avatar", "agent", story);
        story.await("on air");
        final Story second = new Story();

        final RoomSession next = join(room, "avatar", "agent", second);

        assertThat(story.await("over")).startsWith("over DUPLICATE_IDENTITY fine");
        second.await("on air");
        next.leave();
        second.await("over OWN_LEAVE fine");
    }

    @Test
    void shouldEndWithItsRoom() {
        join(room, "avatar", "agent", story);
        story.await("on air");

        server.delete(room);

        assertThat(story.await("over")).startsWith("over ROOM_ENDED fine");
    }

    @Test
    void shouldBeHeardWithoutAGapBeforeInAndAfterSpeech() {
        final RoomSession session = join(room, "avatar", "agent", story);
        story.await("on air");
        try (PythonViewer viewer = PythonViewer.alone();
                PythonAgent agent = PythonAgent.alone()) {
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), "avatar");
            agent.join(server, server.tokens().agent(room, "agent").mint(), PythonAgent.Options.standard("avatar"));
            viewer.await(0, "first_audio", LIMIT);
            final JsonNode idle = viewer.report();
            agent.push(3.0);
            agent.flush();
            agent.awaitPlayout(LIMIT);
            viewer.await(0, "sound_stop", LIMIT);
            final JsonNode spoken = viewer.report();
            agent.push(0.5);
            agent.flush();
            agent.awaitPlayout(LIMIT);
            final JsonNode end = viewer.report();

            // What a client conceals on a busy machine is no gap of ours.
            final long concealed = audio(end, "concealed") - audio(idle, "concealed");
            final long samples = audio(end, "samples") - audio(idle, "samples");
            final int starts = viewer.since(0, "sound_start").size();
            assertThat(starts)
                    .as("tones heard, concealed %d of %d", concealed, samples)
                    .isBetween(1, concealed == 0 ? 2 : 2 + (int) (concealed / 480));
            assertThat(audio(spoken, "lost")).isZero();
            assertThat(audio(end, "lost")).isZero();
            assertThat(samples).as("of 3.5 s of speech and what was around it").isGreaterThan(3 * 48_000);
            session.leave();
            story.await("over OWN_LEAVE fine");
        }
    }

    private static long audio(JsonNode report, String what) {
        return report.path("stats").path("audio").path(what).asLong();
    }

    private static RoomSession join(String room, String avatar, String agent, Story story) {
        return host.join(
                server.tokens().avatar(room, avatar, agent), "pattern", RoomOrder.AudioSource.DATA_STREAM, story);
    }
}
