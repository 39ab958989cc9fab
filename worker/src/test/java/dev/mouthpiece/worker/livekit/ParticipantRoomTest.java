package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.rtc.PeerStats;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.PythonAgent;
import dev.mouthpiece.worker.testkit.PythonViewer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import livekit.LivekitModels.AudioTrackFeature;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.ParticipantPermission;
import livekit.LivekitModels.TrackInfo;
import livekit.LivekitModels.TrackSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An avatar in rooms of a real server, with the real Python clients: what others see of it, and how its stay ends. */
@Tag("slow")
class ParticipantRoomTest {
    private static final String AGENT = "agent";
    private static final String AVATAR = "avatar";
    private static final Duration LIMIT = Duration.ofSeconds(20);
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
    void shouldBeSeenAsAnAvatarAndMoveBeforeAnybodySpeaks() {
        final String room = "idle";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room));
                PythonViewer viewer = PythonViewer.alone()) {
            rig.await("connected");
            viewer.join(server, server.tokens().viewer(room, "viewer").mint(), AVATAR);
            viewer.await(0, "first_video", LIMIT);
            viewer.await(0, "first_audio", LIMIT);

            final ParticipantInfo seen = server.participant(room, AVATAR).orElseThrow();
            assertThat(seen.getKind()).isEqualTo(ParticipantInfo.Kind.AGENT);
            assertThat(seen.getAttributesMap()).containsEntry("lk.publish_on_behalf", AGENT);
            final TrackInfo video = track(seen, TrackSource.CAMERA);
            assertThat(video.getName()).isEqualTo("avatar_video");
            assertThat(video.getMimeType()).isEqualToIgnoringCase("video/h264");
            assertThat(video.getWidth()).isEqualTo(AvatarRig.WIDTH);
            assertThat(video.getCodecs(0).getLayersList())
                    .singleElement()
                    .matches(layer -> layer.getBitrate() == 1_000_000);
            final TrackInfo audio = track(seen, TrackSource.MICROPHONE);
            assertThat(audio.getName()).isEqualTo("avatar_audio");
            assertThat(audio.getAudioFeaturesList()).containsExactly(AudioTrackFeature.TF_NO_DTX);
            rig.await("participant viewer");
        }
    }

    @Test
    void shouldServeTwoAvatarsInOneRoomEachByItsAgent() {
        final String room = "two";
        try (AvatarRig one = AvatarRig.join(
                        server.url(),
                        server.tokens().avatar(room, "one", "agent-one").mint());
                AvatarRig two = AvatarRig.join(
                        server.url(),
                        server.tokens().avatar(room, "two", "agent-two").mint());
                // Outputs of one process share their handlers.
                PythonAgent first = PythonAgent.alone();
                PythonAgent second = PythonAgent.alone()) {
            one.await("connected");
            two.await("connected");
            first.join(server, server.tokens().agent(room, "agent-one").mint(), PythonAgent.Options.standard("one"));
            second.join(server, server.tokens().agent(room, "agent-two").mint(), PythonAgent.Options.standard("two"));

            first.push(1.0);
            second.push(2.0);
            first.flush();
            second.flush();

            assertThat(first.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(1.0);
            assertThat(second.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(2.0);
            assertThat(one.since(0))
                    .filteredOn(event -> event.startsWith("segment"))
                    .hasSize(1);
            assertThat(two.since(0))
                    .filteredOn(event -> event.startsWith("segment"))
                    .hasSize(1);
            assertThat(one.call(() -> one.participant.data().streams().foreignPackets()))
                    .as("chunks reach everybody")
                    .isPositive();
        }
    }

    @Test
    void shouldHearItsAgentWhenItMayNotSubscribe() {
        final String room = "deaf";
        try (AvatarRig rig = AvatarRig.join(
                        server.url(),
                        server.tokens().deafAvatar(room, AVATAR, AGENT).mint());
                PythonAgent agent = PythonAgent.alone()) {
            rig.await("connected");
            agent.join(server, agentToken(room), PythonAgent.Options.standard(AVATAR));
            agent.push(1.0);
            agent.flush();

            assertThat(agent.awaitPlayout(LIMIT).path("position").asDouble()).isEqualTo(1.0);
        }
    }

    @Test
    void shouldPublishVp8WhereTheRoomForbidsH264() {
        final String room = "vp8";
        final var codecs = List.of(Map.of("mime", "audio/opus"), Map.of("mime", "video/vp8"));
        try (LiveKitServer old = LiveKitServer.start(
                        Map.of("room", Map.of("enabled_codecs", codecs, "empty_timeout", 10, "departure_timeout", 5)));
                AvatarRig rig = AvatarRig.join(
                        old.url(), old.tokens().avatar(room, AVATAR, AGENT).mint());
                PythonViewer viewer = PythonViewer.alone()) {
            rig.await("connected");
            viewer.join(old, old.tokens().viewer(room, "viewer").mint(), AVATAR);
            viewer.await(0, "first_video", LIMIT);

            final PeerStats.SentVideo video = Objects.requireNonNull(rig.stats().video());
            assertThat(video.codec()).isEqualToIgnoringCase("video/VP8");
            assertThat(track(old.participant(room, AVATAR).orElseThrow(), TrackSource.CAMERA)
                            .getMimeType())
                    .isEqualToIgnoringCase("video/vp8");
        }
    }

    @Test
    void shouldLeaveForGoodWhenItIsRemoved() {
        final String room = "removed";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room))) {
            rig.await("connected");
            server.remove(room, AVATAR);
            rig.await("left REMOVED");
            assertThat(rig.since(0)).noneMatch(event -> event.startsWith("reconnecting"));
        }
    }

    @Test
    void shouldLeaveForGoodWhenTheRoomIsDeleted() {
        final String room = "deleted";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room))) {
            rig.await("connected");
            server.delete(room);
            rig.await("left ROOM_ENDED");
        }
    }

    @Test
    void shouldGiveWayWhenAnotherOneJoinsWithItsIdentity() {
        final String room = "double";
        try (AvatarRig first = AvatarRig.join(server.url(), avatarToken(room))) {
            first.await("connected");
            try (AvatarRig second = AvatarRig.join(server.url(), avatarToken(room))) {
                first.await("left DUPLICATE_IDENTITY");
                second.await("connected");
                assertThat(second.since(0)).noneMatch(event -> event.startsWith("left"));
            }
        }
    }

    @Test
    void shouldBeGoneAtOnceWhenItLeaves() {
        final String room = "leaving";
        final AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room));
        rig.await("connected");

        rig.close();

        rig.await("left OWN_LEAVE");
        for (int i = 0; i < 100 && server.participant(room, AVATAR).isPresent(); i++) {
            LockSupport.parkNanos(20_000_000);
        }
        assertThat(server.participant(room, AVATAR)).isEmpty();
    }

    @Test
    void shouldTellWhenItIsMutedAndUnmuted() {
        final String room = "muted";
        try (LiveKitServer liberal = LiveKitServer.start(Map.of(
                        "room", Map.of("enable_remote_unmute", true, "empty_timeout", 10, "departure_timeout", 5)));
                AvatarRig rig = AvatarRig.join(
                        liberal.url(),
                        liberal.tokens().avatar(room, AVATAR, AGENT).mint())) {
            rig.await("connected");
            final String sid = track(liberal.participant(room, AVATAR).orElseThrow(), TrackSource.MICROPHONE)
                    .getSid();

            liberal.mute(room, AVATAR, sid, true);
            rig.await("muted audio");
            liberal.mute(room, AVATAR, sid, false);
            rig.await("unmuted audio");
        }
    }

    @Test
    void shouldPublishAgainWhenItMayAgain() {
        final String room = "permission";
        try (AvatarRig rig = AvatarRig.join(server.url(), avatarToken(room))) {
            rig.await("connected");
            server.permit(room, AVATAR, permission(false));
            for (int i = 0;
                    i < 200
                            && !server.participant(room, AVATAR)
                                    .orElseThrow()
                                    .getTracksList()
                                    .isEmpty();
                    i++) {
                LockSupport.parkNanos(20_000_000);
            }
            assertThat(server.participant(room, AVATAR).orElseThrow().getTracksList())
                    .isEmpty();

            server.permit(room, AVATAR, permission(true));

            rig.await("reconnected anew");
            for (int i = 0;
                    i < 200 && server.participant(room, AVATAR).orElseThrow().getTracksCount() < 2;
                    i++) {
                LockSupport.parkNanos(20_000_000);
            }
            assertThat(server.participant(room, AVATAR).orElseThrow().getTracksList())
                    .hasSize(2);
        }
    }

    private static ParticipantPermission permission(boolean canPublish) {
        return ParticipantPermission.newBuilder()
                .setCanPublish(canPublish)
                .setCanPublishData(true)
                .setCanSubscribe(true)
                .build();
    }

    private static String avatarToken(String room) {
        return server.tokens().avatar(room, AVATAR, AGENT).mint();
    }

    private static String agentToken(String room) {
        return server.tokens().agent(room, AGENT).mint();
    }

    private static TrackInfo track(ParticipantInfo participant, TrackSource source) {
        final List<TrackInfo> tracks = participant.getTracksList().stream()
                .filter(track -> track.getSource() == source)
                .toList();
        assertThat(tracks).hasSize(1);
        return tracks.getFirst();
    }
}
