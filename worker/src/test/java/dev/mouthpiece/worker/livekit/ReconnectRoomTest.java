package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mouthpiece.worker.livekit.avatar.AvatarSettings;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.PythonAgent;
import dev.mouthpiece.worker.testkit.PythonEnv;
import dev.mouthpiece.worker.testkit.ScriptProcess;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import livekit.LivekitRtc.SimulateScenario;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An avatar stays in its room through what happens to its connections, and its agent hardly notices. */
@Tag("slow")
class ReconnectRoomTest {
    private static final String AGENT = "agent";
    private static final String AVATAR = "avatar";
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static LiveKitServer server;
    private static ScriptProcess script;

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

    @Test
    void shouldResumeWithTheSameSessionAndLoseNothingWhenTheSignalConnectionIsCutInMidSpeech() {
        final String room = "cut";
        try (SignalProxy proxy = new SignalProxy(server.url());
                AvatarRig rig = AvatarRig.join(proxy.url(), avatarToken(room))) {
            rig.await("connected");
            final PythonAgent agent = agent(room);
            agent.send(agent.command("push").put("seconds", 4.0).put("speed", 1));
            rig.await("segment 1");
            for (int i = 0; i < 3; i++) {
                pause(700);
                final int mark = rig.mark();
                proxy.cut();
                rig.await(mark, "reconnected resumed");
            }
            agent.await(0, "pushed", LIMIT);
            agent.flush();
            final JsonNode end = agent.awaitPlayout(LIMIT);

            assertThat(end.path("position").asDouble()).isEqualTo(4.0);
            assertThat(agent.since(0, "playback_finished")).hasSize(1);
            assertThat(rig.since(0))
                    .filteredOn(event -> event.startsWith("joined"))
                    .hasSize(1);
            assertThat(rig.call(() -> rig.participant.data().streams().lostChunks()))
                    .isZero();
            assertThat(rig.since(0)).noneMatch(event -> event.startsWith("gone agent"));
            agent.close();
        }
    }

    @Test
    void shouldDeliverAReportThatFellIntoTheGap() {
        final String room = "gap";
        try (SignalProxy proxy = new SignalProxy(server.url());
                AvatarRig rig = AvatarRig.join(proxy.url(), avatarToken(room))) {
            rig.await("connected");
            final PythonAgent agent = agent(room);
            agent.push(1.0);
            agent.flush();
            rig.await("segment 1");
            proxy.refuse(true);
            proxy.cut();
            rig.await("finished 1");
            proxy.refuse(false);

            assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(1.0);
            assertThat(agent.since(0, "playback_finished")).hasSize(1);
            agent.close();
        }
    }

    @Test
    void shouldNoticeAServerThatFellSilent() {
        final String room = "silent";
        try (SignalProxy proxy = new SignalProxy(server.url());
                AvatarRig rig = AvatarRig.join(proxy.url(), avatarToken(room))) {
            rig.await("connected");
            proxy.mute(true);
            rig.await(0, "reconnecting the server at", LIMIT);
            proxy.mute(false);
            proxy.cut();
            rig.await(0, "reconnected", LIMIT);
        }
    }

    @Test
    void shouldJoinAnewWhenItsNodeFailsAndGoOnWithTheSpeech() {
        final String room = "node";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room))) {
            rig.await("connected");
            final PythonAgent agent = agent(room);
            agent.send(agent.command("push").put("seconds", 5.0).put("speed", 1));
            rig.await("segment 1");
            pause(1500);
            final int mark = rig.mark();

            rig.simulate(SimulateScenario.newBuilder().setNodeFailure(true));
            rig.await(mark, "reconnected anew");
            agent.await(0, "pushed", LIMIT);
            agent.flush();
            final JsonNode end = agent.awaitPlayout(LIMIT);

            assertThat(end.path("position").asDouble()).isBetween(4.5, 5.0);
            assertThat(agent.since(0, "playback_finished")).hasSize(1);
            assertThat(rig.since(0))
                    .filteredOn(event -> event.startsWith("joined"))
                    .hasSize(2);
            agent.push(1.0);
            agent.flush();
            assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(1.0);
            agent.close();
        }
    }

    @Test
    void shouldFollowAMigration() {
        final String room = "migration";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room))) {
            rig.await("connected");
            rig.simulate(SimulateScenario.newBuilder().setMigration(true));
            rig.await("reconnected");
            speakOneTurn(room);
        }
    }

    @Test
    void shouldResumeAgainWhenTheResumedSignalConnectionIsCut() {
        final String room = "twice";
        try (SignalProxy proxy = new SignalProxy(server.url());
                AvatarRig rig = AvatarRig.join(proxy.url(), avatarToken(room))) {
            rig.await("connected");
            rig.simulate(SimulateScenario.newBuilder().setDisconnectSignalOnResume(true));
            pause(300);
            proxy.cut();
            rig.await("reconnected");
            speakOneTurn(room);
        }
    }

    @Test
    void shouldJoinAnewWhenTheServerLetsItGoForMaintenance() {
        final String room = "leave";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room))) {
            rig.await("connected");
            rig.simulate(SimulateScenario.newBuilder().setServerLeave(true));
            rig.await("reconnected anew");
            speakOneTurn(room);
        }
    }

    @Test
    void shouldComeBackWhenTheServerIsKilledAndStartedAgain() {
        try (LiveKitServer frail = LiveKitServer.start();
                AvatarRig rig = AvatarRig.join(
                        frail.url(),
                        frail.tokens().avatar("killed", AVATAR, AGENT).mint())) {
            rig.await("connected");
            frail.kill();
            rig.await("reconnecting");
            pause(2000);
            frail.restart();
            rig.await(0, "reconnected anew", LIMIT);
            assertThat(frail.participant("killed", AVATAR)).isPresent();
        }
    }

    @Test
    void shouldComeBackWhenTheServerIsShutDownAndStartedAgain() {
        try (LiveKitServer frail = LiveKitServer.start();
                AvatarRig rig = AvatarRig.join(
                        frail.url(),
                        frail.tokens().avatar("stopped", AVATAR, AGENT).mint())) {
            rig.await("connected");
            frail.stop();
            rig.await("reconnecting");
            frail.restart();
            rig.await(0, "reconnected anew", LIMIT);
        }
    }

    @Test
    void shouldGiveUpAServerThatDoesNotComeBack() {
        try (LiveKitServer frail = LiveKitServer.start();
                AvatarRig rig = AvatarRig.join(
                        frail.url(),
                        frail.tokens().avatar("gone", AVATAR, AGENT).mint(),
                        AvatarSettings.DEFAULT,
                        settings -> settings.withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(3)))) {
            rig.await("connected");
            frail.kill();
            rig.await(0, "left UNREACHABLE given up after", LIMIT);
            frail.restart();
        }
    }

    @Test
    void shouldFallSilentWhenItsAgentIsKilledAndServeTheNextOne() {
        final String room = "agent";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room))) {
            rig.await("connected");
            try (PythonAgent first = PythonAgent.alone()) {
                first.join(server, agentToken(room), PythonAgent.Options.standard(AVATAR));
                first.push(60.0);
                rig.await("segment 1");
                first.kill();
            }
            rig.await(0, "sender gone agent", LIMIT);
            rig.await("finished 1");

            final int mark = rig.mark();
            try (PythonAgent second = PythonAgent.alone()) {
                second.join(server, agentToken(room), PythonAgent.Options.standard(AVATAR));
                second.push(1.0);
                second.flush();
                assertThat(second.awaitPlayout(LIMIT).path("position").asDouble())
                        .isEqualTo(1.0);
                rig.await(mark, "sender agent");
            }
        }
    }

    @Test
    void shouldServeAnAgentThatComesBackBeforeItsOldSessionIsGone() {
        final String room = "replaced";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room))) {
            rig.await("connected");
            try (PythonAgent first = PythonAgent.alone()) {
                first.join(server, agentToken(room), PythonAgent.Options.standard(AVATAR));
                first.push(60.0);
                rig.await("segment 1");
                first.kill();
            }
            try (PythonAgent second = PythonAgent.alone()) {
                second.join(server, agentToken(room), PythonAgent.Options.standard(AVATAR));
                second.push(1.0);
                second.flush();
                assertThat(second.awaitPlayout(LIMIT).path("position").asDouble())
                        .isEqualTo(1.0);
                assertThat(second.since(0, "playback_finished")
                                .getLast()
                                .path("interrupted")
                                .asBoolean())
                        .isFalse();
            }
        }
    }

    private static void speakOneTurn(String room) {
        final PythonAgent agent = agent(room);
        agent.push(0.5);
        agent.flush();
        assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(0.5);
        agent.close();
    }

    private static PythonAgent agent(String room) {
        final PythonAgent agent = PythonAgent.in(script, room);
        agent.join(server, agentToken(room), PythonAgent.Options.standard(AVATAR));
        return agent;
    }

    private static String avatarToken(String room) {
        return server.tokens().avatar(room, AVATAR, AGENT).mint();
    }

    private static String agentToken(String room) {
        return server.tokens().agent(room, AGENT).mint();
    }

    private static void pause(long ms) {
        LockSupport.parkNanos(ms * 1_000_000);
    }
}
