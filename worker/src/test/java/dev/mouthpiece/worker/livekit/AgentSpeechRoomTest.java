package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.worker.livekit.avatar.AvatarSettings;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.PythonAgent;
import dev.mouthpiece.worker.testkit.PythonEnv;
import dev.mouthpiece.worker.testkit.ScriptProcess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** The real DataStreamAudioOutput of livekit-agents speaks through our avatar, in every way that it can be interrupted. */
@Tag("slow")
class AgentSpeechRoomTest {
    private static final String AGENT = "agent";
    private static final String AVATAR = "avatar";
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static LiveKitServer server;
    private static ScriptProcess script;

    private String room = "";
    private AvatarRig rig;
    private PythonAgent agent;

    @BeforeAll
    static void start() {
        server = LiveKitServer.start(AvatarRig.PATIENT);
        script = PythonEnv.livekit().script("agent.py");
    }

    @AfterAll
    static void stop() {
        script.close();
        server.close();
    }

    @BeforeEach
    void join(TestInfo test) {
        room = test.getTestMethod().orElseThrow().getName();
        rig = AvatarRig.join(
                server.url(), server.tokens().avatar(room, AVATAR, AGENT).mint());
        rig.await("connected");
        agent = PythonAgent.in(script, room);
        agent.join(server, server.tokens().agent(room, AGENT).mint(), PythonAgent.Options.standard(AVATAR));
    }

    @AfterEach
    void leave() {
        agent.close();
        rig.close();
    }

    @Test
    void shouldPlayOneTurnAndReportItOnce() {
        agent.push(2.0);
        agent.flush();

        assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(2.0);
        assertThat(finishes()).containsExactly("2.0 false");
        assertThat(rig.since(0)).contains("sender agent", "segment 1 24000/1", "finished 1 2000000 of 2000000");
    }

    @Test
    void shouldPlayThreeSegmentsBackToBackInOrderAndReportEach() {
        for (final double seconds : List.of(0.5, 1.0, 0.7)) {
            agent.push(seconds);
            agent.flush();
        }

        agent.awaitPlayout(LIMIT);
        assertThat(finishes()).containsExactly("0.5 false", "1.0 false", "0.7 false");
    }

    @Test
    void shouldPlayStereoAt48KilohertzInLargeFrames() {
        agent.ask(
                agent.command("push")
                        .put("seconds", 1.0)
                        .put("rate", 48_000)
                        .put("channels", 2)
                        .put("frame_ms", 500),
                "pushed");
        agent.flush();

        assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(1.0);
        assertThat(rig.since(0)).contains("segment 1 48000/2", "finished 1 1000000 of 1000000");
    }

    @Test
    void shouldStopWithinATickWhenInterruptedInMidSpeech() {
        agent.push(6.0);
        agent.flush();
        rig.await("segment 1");
        pause(1500);

        final JsonNode clearing = agent.clear();
        final JsonNode end = agent.awaitPlayout(LIMIT);

        assertThat(end.path("interrupted").asBoolean()).isTrue();
        assertThat(end.path("position").asDouble()).isBetween(1.0, 3.0);
        final AvatarRig.Event stopped = rig.await("finished 1");
        assertThat(stopped.text()).endsWith("interrupted");
        assertThat((stopped.atNs() - clearing.path("t").asLong()) / 1e6)
                .as("milliseconds from the interruption to the end")
                .isBetween(0.0, 500.0);
        assertThat(finishes()).hasSize(1);
    }

    @Test
    void shouldReportOnceWhenInterruptedBeforeTheFlushAndTwice() {
        agent.push(4.0);
        pause(700);

        agent.clear();
        agent.clear();
        agent.flush();

        final JsonNode end = agent.awaitPlayout(LIMIT);
        assertThat(end.path("interrupted").asBoolean()).isTrue();
        pause(500);
        assertThat(finishes()).hasSize(1);
    }

    @Test
    void shouldReportEachSegmentWhenThreeAreInterruptedAndPlayTheNext() {
        for (int i = 0; i < 3; i++) {
            agent.push(2.0);
            agent.flush();
        }
        rig.await("segment 3");
        pause(500);

        agent.clear();
        agent.push(1.0);
        agent.flush();

        final JsonNode end = agent.awaitPlayout(LIMIT);
        assertThat(end.path("position").asDouble()).isEqualTo(1.0);
        assertThat(finishes()).hasSize(4).last().isEqualTo("1.0 false");
        assertThat(finishes().subList(1, 3)).containsExactly("0.0 true", "0.0 true");
    }

    @Test
    void shouldAnswerAClearWithNothingToClearAndUnknownMethods() {
        assertThat(agent.rpc("lk.clear_buffer", "").path("result").asText()).isEqualTo("ok");
        assertThat(agent.rpc("no.such.method", "x").path("code").asInt()).isEqualTo(1400);
        pause(300);
        assertThat(finishes()).isEmpty();
    }

    @Test
    void shouldRejectAnInterruptionByAStranger() {
        // In a process of its own: outputs of one process share their handlers.
        try (PythonAgent stranger = PythonAgent.alone()) {
            stranger.join(
                    server, server.tokens().viewer(room, "stranger").mint(), PythonAgent.Options.standard(AVATAR));
            agent.push(2.0);
            agent.flush();

            assertThat(stranger.rpc("lk.clear_buffer", "").path("result").asText())
                    .isEqualTo("reject");
            assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(2.0);
        }
    }

    @Test
    void shouldTellWhenPlaybackStartsToAnAgentThatWaitsForIt() {
        final PythonAgent waiting = PythonAgent.in(script, room + "-2");
        try (AvatarRig other = AvatarRig.join(
                server.url(),
                server.tokens().avatar(room, "lemon", "lemon-agent").mint())) {
            other.await("connected");
            waiting.join(
                    server, server.tokens().agent(room, "lemon-agent").mint(), PythonAgent.Options.lemonSlice("lemon"));
            waiting.push(1.0);
            waiting.flush();

            waiting.await(0, "playback_started", LIMIT);
            assertThat(waiting.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(1.0);
            waiting.push(3.0);
            waiting.flush();
            pause(500);
            waiting.clear();
            assertThat(waiting.awaitPlayout(LIMIT).path("interrupted").asBoolean())
                    .isTrue();
            assertThat(waiting.since(0, "playback_started")).hasSize(2);
        } finally {
            waiting.close();
        }
    }

    @Test
    void shouldEndAStreamThatIsNeverClosedTenSecondsAfterItsLastBytes() {
        open("forever");
        write("forever", 48_001);
        final AvatarRig.Event end = rig.await(0, "finished 1", LIMIT);

        assertThat(end.text()).isEqualTo("finished 1 1000000 of 1000000");
        close("forever");
    }

    @Test
    void shouldEndAStreamThatIsNeverClosedByTheConfiguredSilence() {
        try (AvatarRig other = AvatarRig.join(
                server.url(),
                server.tokens().avatar(room, "quick", AGENT).mint(),
                AvatarSettings.DEFAULT.withResponseDoneTimeout(Duration.ofMillis(800)),
                settings -> settings)) {
            other.await("connected");
            agent.ask(
                    openCommand("s")
                            .set("to", JsonNodeFactory.instance.arrayNode().add("quick")),
                    "opened");
            write("s", 24_000);
            other.await("finished 1 500000 of 500000");
            close("s");
        }
    }

    @Test
    void shouldSurviveStreamsWithoutUsableAttributes() {
        agent.ask(agent.command("open").put("stream", "bad"), "opened");
        write("bad", 1000);
        close("bad");
        rig.await("finished 1 0 of 0");
        // The report of it is heard, and belongs to nothing that the agent's output has begun.
        agent.await(0, "warned", LIMIT);

        agent.push(0.5);
        agent.flush();
        assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isCloseTo(0.5, within(0.001));
    }

    @Test
    void shouldIgnoreForeignStreamsAndText() {
        agent.ask(agent.command("text").put("topic", "lk.chat").put("text", "hello"), "texted");
        agent.ask(agent.command("open").put("stream", "foreign").put("topic", "other.topic"), "opened");
        write("foreign", 50_000);
        close("foreign");

        agent.push(0.5);
        agent.flush();
        assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(0.5);
    }

    private List<String> finishes() {
        return agent.since(0, "playback_finished").stream()
                .map(event -> event.path("position").asDouble() + " "
                        + event.path("interrupted").asBoolean())
                .toList();
    }

    private ObjectNode openCommand(String stream) {
        final var command = agent.command("open").put("stream", stream);
        command.putObject("attributes").put("sample_rate", "24000").put("num_channels", "1");
        return command;
    }

    private void open(String stream) {
        agent.ask(openCommand(stream), "opened");
    }

    private void write(String stream, int bytes) {
        agent.ask(agent.command("write").put("stream", stream).put("bytes", bytes), "written");
    }

    private void close(String stream) {
        agent.ask(agent.command("close").put("stream", stream), "closed");
    }

    private static void pause(long ms) {
        LockSupport.parkNanos(ms * 1_000_000);
    }
}
