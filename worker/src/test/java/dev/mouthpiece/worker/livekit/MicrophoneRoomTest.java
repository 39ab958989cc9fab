package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.PythonMicrophone;
import java.time.Duration;
import livekit.LivekitRtc.SimulateScenario;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An avatar that hears a participant's microphone instead of streams. */
@Tag("slow")
class MicrophoneRoomTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static LiveKitServer server;

    @BeforeAll
    static void start() {
        server = LiveKitServer.start(AvatarRig.PATIENT);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void shouldHearTheConfiguredSpeakerAndItsNextTrack() {
        final String room = "configured";
        try (AvatarRig rig = AvatarRig.hear(server.url(), avatarToken(room), "mic");
                PythonMicrophone mic = PythonMicrophone.alone();
                PythonMicrophone other = PythonMicrophone.alone()) {
            rig.await("connected");
            other.join(server, server.tokens().viewer(room, "other").mint());
            other.speak(20.0);
            mic.join(server, server.tokens().viewer(room, "mic").mint());
            mic.speak(3.0);
            rig.await(0, "speaker mic", LIMIT);
            rig.await(0, "pcm 100 loud ", LIMIT);
            assertThat(loudOf(rig.await("pcm 150"))).isGreaterThan(100);
            mic.await(0, "spoken", LIMIT);
            mic.unpublish();
            rig.await(0, "speaker gone mic", LIMIT);

            final int mark = rig.mark();
            mic.speak(3.0);
            rig.await(mark, "speaker mic", LIMIT);
            final AvatarRig.Event first = rig.await(mark, "pcm", LIMIT);
            final AvatarRig.Event second = rig.await(mark + rig.since(mark).indexOf(first.text()) + 1, "pcm", LIMIT);
            assertThat((second.atNs() - first.atNs()) / 1e6)
                    .as("50 pieces of 10 ms, once and not twice")
                    .isBetween(350.0, 800.0);
            assertThat(rig.since(0)).noneMatch(event -> event.startsWith("speaker other"));
        }
    }

    @Test
    void shouldHearTheFirstSpeakerThatIsNoAvatarWhenNobodyIsNamed() {
        final String room = "first";
        final String nobody = server.tokens().agent(room, "avatar").mint();
        try (AvatarRig avatar = AvatarRig.join(
                        server.url(),
                        server.tokens().avatar(room, "colleague", "x").mint());
                PythonMicrophone mic = PythonMicrophone.alone()) {
            avatar.await("connected");
            try (AvatarRig rig = AvatarRig.hear(server.url(), nobody, null)) {
                rig.await("connected");
                mic.join(server, server.tokens().viewer(room, "mic").mint());
                mic.speak(20.0);
                rig.await(0, "speaker", LIMIT);
                rig.await(0, "pcm 100", LIMIT);
                assertThat(rig.since(0)).contains("speaker mic").doesNotContain("speaker colleague");
            }
        }
    }

    @Test
    void shouldHearOnAfterAResumeAndAfterAFullReconnect() {
        final String room = "reconnect";
        try (SignalProxy proxy = new SignalProxy(server.url());
                AvatarRig rig = AvatarRig.hear(proxy.url(), avatarToken(room), "mic");
                PythonMicrophone mic = PythonMicrophone.alone()) {
            rig.await("connected");
            mic.join(server, server.tokens().viewer(room, "mic").mint());
            mic.speak(60.0);
            rig.await(0, "pcm 50", LIMIT);

            int mark = rig.mark();
            proxy.cut();
            rig.await(mark, "reconnected resumed", LIMIT);
            rig.await(rig.mark(), "pcm", LIMIT);
            assertThat(rig.since(mark)).noneMatch(event -> event.startsWith("speaker"));

            mark = rig.mark();
            rig.simulate(SimulateScenario.newBuilder().setNodeFailure(true));
            rig.await(mark, "reconnected anew", LIMIT);
            rig.await(mark, "speaker mic", LIMIT);
            final AvatarRig.Event heard = rig.await(rig.mark(), "pcm", LIMIT);
            assertThat(loudOf(heard)).isGreaterThan(50);
        }
    }

    private static int loudOf(AvatarRig.Event event) {
        return Integer.parseInt(event.text().split(" ", -1)[3]);
    }

    private static String avatarToken(String room) {
        return server.tokens().avatar(room, "avatar", "agent").mint();
    }
}
