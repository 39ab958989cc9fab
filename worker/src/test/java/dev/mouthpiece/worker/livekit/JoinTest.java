package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.PeerState;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import livekit.LivekitModels.ClientConfigSetting;
import livekit.LivekitModels.ClientConfiguration;
import livekit.LivekitModels.Codec;
import livekit.LivekitModels.DisabledCodecs;
import livekit.LivekitModels.DisconnectReason;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.ParticipantPermission;
import livekit.LivekitModels.TrackSource;
import livekit.LivekitModels.TrackType;
import livekit.LivekitRtc.AddTrackRequest;
import livekit.LivekitRtc.ICEServer;
import livekit.LivekitRtc.JoinResponse;
import livekit.LivekitRtc.LeaveRequest;
import livekit.LivekitRtc.RequestResponse;
import livekit.LivekitRtc.SessionDescription;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalRequest.MessageCase;
import livekit.LivekitRtc.SignalResponse;
import livekit.LivekitRtc.SignalTarget;
import livekit.LivekitRtc.TrickleRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Joining, message by message. */
class JoinTest {
    private final FakeRoom room = new FakeRoom();

    @Test
    void shouldAskTheServerForOldPacketsPlainStreamsAndNoTracks() {
        start();

        assertThat(room.line().url).hasToString("wss://example.test/base");
        assertThat(room.line().query)
                .contains("protocol=15", "client_protocol=0", "auto_subscribe=0")
                .doesNotContain("eyJ", "reconnect", "publish=");
        assertThat(room.line().token.secret()).isEqualTo(FakeRoom.token("avatar"));
    }

    @Test
    void shouldAnnounceBothTracksBeforeItOffersThem() {
        start();
        room.accept(room.join());

        final List<SignalRequest> sent = room.line().take();
        assertThat(sent)
                .extracting(SignalRequest::getMessageCase)
                .containsExactly(MessageCase.ADD_TRACK, MessageCase.ADD_TRACK, MessageCase.OFFER);
        final AddTrackRequest audio = sent.get(0).getAddTrack();
        assertThat(audio.getCid()).isEqualTo("AUDIO-CID");
        assertThat(audio.getSource()).isEqualTo(TrackSource.MICROPHONE);
        final AddTrackRequest video = sent.get(1).getAddTrack();
        assertThat(video.getCid()).isEqualTo("VIDEO-CID");
        assertThat(video.getType()).isEqualTo(TrackType.VIDEO);
        assertThat(video.getSource()).isEqualTo(TrackSource.CAMERA);
        assertThat(video.getSimulcastCodecs(0).getCodec()).isEqualTo("h264");
        assertThat(video.getSimulcastCodecs(0).getCid()).isEqualTo("VIDEO-CID");
        assertThat(video.getLayers(0).getWidth()).isEqualTo(368);
        assertThat(sent.get(2).getOffer().getId()).isEqualTo(1);
        assertThat(room.peers.publisher().channels)
                .extracting(FakePeers.Channel::label)
                .containsExactly("_reliable", "_lossy");
    }

    @Test
    void shouldBeConnectedWhenMediaFlowsAndTheServerSaysSo() {
        start();
        room.accept(room.join());
        room.takeTracks();
        room.answer();
        room.state(PeerState.CONNECTED);
        room.update(room.self(room.sid(), ParticipantInfo.State.JOINED));
        assertThat(room.events).containsExactly("joined avatar blue PA_1");

        room.update(room.self(room.sid(), ParticipantInfo.State.ACTIVE));

        assertThat(room.events).endsWith("connected");
        room.serial.advanceMs(60_000);
        assertThat(room.events).doesNotContain("left UNREACHABLE");
    }

    @Test
    void shouldNotWaitForTheReceivingConnectionWhenItMayNotSubscribe() {
        start();
        room.accept(room.join().setSubscriberPrimary(false));
        room.takeTracks();
        room.answer();
        room.peers.publisher().events.onState(PeerState.CONNECTED);
        room.update(room.self(room.sid(), ParticipantInfo.State.ACTIVE));

        assertThat(room.events).endsWith("connected");
    }

    @Test
    void shouldAnswerTheServersOffersOneAfterTheOtherAndEchoTheirNumbers() {
        start();
        room.accept(room.join());
        room.line().take();
        final var held = new CompletableFuture<String>();
        room.peers.subscriber().held = held;
        offer(41);
        offer(42);
        assertThat(room.peers.subscriber().log).containsExactly("answer offer 41");

        room.peers.subscriber().held = null;
        held.complete("answer A");

        assertThat(room.line().take())
                .extracting(request ->
                        request.getAnswer().getId() + " " + request.getAnswer().getSdp())
                .containsExactly("41 answer A", "42 answer to offer 42");
    }

    @Test
    void shouldNotTakeAnAnswerToAnOlderOffer() {
        start();
        room.accept(room.join());
        room.takeTracks();

        room.answer(99);
        assertThat(room.peers.publisher().log).containsExactly("offer");
        room.answer(1);
        room.answer(1);

        assertThat(room.peers.publisher().log).containsExactly("offer", "accept answer 1");
    }

    @Test
    void shouldTrickleBothWays() {
        start();
        room.accept(room.join());
        room.line().take();

        room.peers.publisher().events.onIceCandidate(new IceCandidate("0", 0, "candidate:1 \"quoted\""));
        room.peers.subscriber().events.onIceCandidate(new IceCandidate("1", 1, "candidate:2"));
        trickle("{\"candidate\":\"candidate:3\",\"sdpMid\":\"0\",\"sdpMLineIndex\":2}", SignalTarget.PUBLISHER);
        trickle("{\"candidate\":\"candidate:4\",\"sdpMid\":null}", SignalTarget.SUBSCRIBER);
        trickle("{\"candidate\":\"\"}", SignalTarget.SUBSCRIBER);
        trickle("no JSON", SignalTarget.SUBSCRIBER);

        assertThat(room.line().take())
                .extracting(request -> request.getTrickle().getTarget() + " "
                        + request.getTrickle().getCandidateInit().contains("candidate:"))
                .containsExactly("PUBLISHER true", "SUBSCRIBER true");
        assertThat(room.peers.publisher().candidates).containsExactly(new IceCandidate("0", 2, "candidate:3"));
        assertThat(room.peers.subscriber().candidates).hasSize(1);
    }

    @Test
    void shouldUseTheServersIceServersAndRelayOnlyWhereItSaysSo() {
        start();
        room.accept(room.join()
                .addIceServers(ICEServer.newBuilder()
                        .addUrls("turn:relay.test")
                        .setUsername("u")
                        .setCredential("c"))
                .setClientConfiguration(ClientConfiguration.newBuilder().setForceRelay(ClientConfigSetting.ENABLED)));

        assertThat(room.peers.publisher().route.iceServers()).singleElement().matches(server -> server.urls()
                .equals(List.of("turn:relay.test")));
        assertThat(room.peers.subscriber().route.relayOnly()).isTrue();
    }

    @Test
    void shouldPublishVp8WhereH264IsNotEnabledOrDisabled() {
        assertThat(codecOf(room.join())).isEqualTo(VideoCodec.H264);
        assertThat(codecOf(room.join()
                        .addEnabledPublishCodecs(codec("audio/opus"))
                        .addEnabledPublishCodecs(codec("video/H264"))))
                .isEqualTo(VideoCodec.H264);
        assertThat(codecOf(room.join()
                        .addEnabledPublishCodecs(codec("audio/opus"))
                        .addEnabledPublishCodecs(codec("video/VP8"))))
                .isEqualTo(VideoCodec.VP8);
        assertThat(codecOf(room.join()
                        .setClientConfiguration(ClientConfiguration.newBuilder()
                                .setDisabledCodecs(DisabledCodecs.newBuilder().addPublish(codec("video/h264"))))))
                .isEqualTo(VideoCodec.VP8);
    }

    @Test
    void shouldFollowTheServerToAnotherAddress() {
        start();
        room.accept(room.join().setAlternativeUrl("wss://elsewhere.test"));

        assertThat(room.line().url).hasToString("wss://elsewhere.test");
        room.accept(room.join());
        assertThat(room.events).hasSize(1);
    }

    @Test
    void shouldNotFollowItForEver() {
        start();
        for (int i = 0; i < 10; i++) {
            room.accept(room.join().setAlternativeUrl("wss://elsewhere.test"));
        }

        assertThat(room.signal.connections).hasSize(1 + RoomSession.MAX_REDIRECTS);
        assertThat(room.events).hasSize(1);
    }

    @Test
    void shouldLeaveWhenTheTokenDoesNotAllowToPublish() {
        start();
        final JoinResponse.Builder join = room.join();
        join.getParticipantBuilder()
                .setPermission(ParticipantPermission.newBuilder().setCanSubscribe(true));
        room.accept(join);

        assertThat(room.events).containsExactly("left REFUSED");
        assertThat(room.line().takeCases()).containsExactly(MessageCase.LEAVE);
        assertThat(room.line().closed).isTrue();
    }

    @Test
    void shouldLeaveWhenTheTokenDoesNotAllowToHearTheMicrophoneThatItIsToHear() {
        room.participant.hear(null, new SpeakerEvents() {
            @Override
            public void onSpeaker(String identity) {}

            @Override
            public void onPcm(byte[] pcm) {}

            @Override
            public void onSpeakerGone(String identity) {}
        });
        start();
        final JoinResponse.Builder join = room.join();
        join.getParticipantBuilder().getPermissionBuilder().setCanSubscribe(false);
        room.accept(join);

        assertThat(room.events).containsExactly("left REFUSED");
    }

    @Test
    void shouldLeaveWhenTheServerDoesNotAllowATrack() {
        start();
        room.accept(room.join());
        final AddTrackRequest video = room.line().take().get(1).getAddTrack();

        room.receive(SignalResponse.newBuilder()
                .setRequestResponse(RequestResponse.newBuilder()
                        .setReason(RequestResponse.Reason.NOT_ALLOWED)
                        .setAddTrack(video)));

        assertThat(room.events).endsWith("left REFUSED");
        assertThat(room.peers.open()).isEmpty();
    }

    @Test
    void shouldTryAgainWhenTheServerTakesNoTracks() {
        start();
        room.accept(room.join());
        room.line().take();
        room.lastOfferId = 1;
        room.answer();
        room.serial.advanceMs(Publications.TAKEN_TIMEOUT_MS + 1);

        assertThat(room.signal.connections).hasSize(2);
        assertThat(room.peers.open()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = RoomException.Fault.class,
            names = {"URL", "TOKEN", "TOKEN_EXPIRED", "ROOM_NOT_FOUND", "PERMISSION", "NOT_LIVEKIT"})
    void shouldTryOnceWhereTryingAgainCannotHelp(RoomException.Fault fault) {
        start();
        room.line().fail(new RoomException(fault, "no"));
        room.serial.advanceMs(60_000);

        assertThat(room.events).containsExactly("left REFUSED");
        assertThat(room.signal.connections).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = RoomException.Fault.class,
            names = {"BUSY", "NETWORK"})
    void shouldTryAgainWhereThatCanHelpUntilItsTimeIsOver(RoomException.Fault fault) {
        start();
        for (int i = 0; i < 200 && !room.events.contains("left UNREACHABLE"); i++) {
            room.line().fail(new RoomException(fault, "not now"));
            room.serial.advanceMs(200);
        }

        assertThat(room.events).containsExactly("left UNREACHABLE");
        assertThat(room.signal.connections.size()).isBetween(4, 30);
    }

    @Test
    void shouldTryAgainWhenTheServerSaysNothing() {
        start();
        room.serial.advanceMs(RoomSession.ANSWER_TIMEOUT_MS + 1);

        assertThat(room.signal.connections).hasSize(2);
        assertThat(room.signal.connections.getFirst().closed).isTrue();
    }

    @Test
    void shouldTryAgainWhenMediaDoesNotFlowInTime() {
        start();
        room.accept(room.join());
        room.takeTracks();
        room.answer();
        room.serial.advanceMs(RoomSession.MEDIA_TIMEOUT_MS + 1);

        assertThat(room.signal.connections).hasSize(2);
        assertThat(room.peers.open()).isEmpty();
        assertThat(room.events).doesNotContain("reconnecting");
    }

    @Test
    void shouldTryAgainWhenNobodyAnswersItsOffer() {
        start();
        room.accept(room.join());
        room.takeTracks();
        room.serial.advanceMs(10_001);

        assertThat(room.signal.connections).hasSize(2);
    }

    @Test
    void shouldTryAgainWhenWebRtcFails() {
        start();
        room.peers.broken = true;
        room.accept(room.join());
        room.serial.advanceMs(1);
        assertThat(room.signal.connections).hasSize(2);

        room.peers.broken = false;
        room.accept(room.join());
        room.goUp();
        assertThat(room.events).endsWith("connected");
    }

    @Test
    void shouldLeaveWhenTheServerSendsItAwayAtOnce() {
        start();
        room.leave(LeaveRequest.Action.DISCONNECT, DisconnectReason.DUPLICATE_IDENTITY);

        assertThat(room.events).containsExactly("left DUPLICATE_IDENTITY");
    }

    @Test
    void shouldPassOverWhatComesOutOfOrder() {
        start();
        room.reconnect(3);
        room.answer(1);
        room.update(room.self("PA_9", ParticipantInfo.State.ACTIVE));
        room.receive(SignalResponse.newBuilder());
        room.accept(room.join());
        final int connections = room.peers.publishing.size();
        room.accept(room.join());
        room.reconnect(3);

        assertThat(room.peers.publishing).hasSize(connections);
        assertThat(room.events).hasSize(1);
    }

    @Test
    void shouldLeaveProperlyAndOnce() {
        final FakeRoom up = FakeRoom.connected();
        up.line().take();

        up.participant.leave();
        up.participant.leave();
        up.serial.run();
        up.accept(up.join());
        up.serial.advanceMs(60_000);

        final List<SignalRequest> sent = up.line().take();
        assertThat(sent).singleElement().satisfies(request -> {
            assertThat(request.getLeave().getReason()).isEqualTo(DisconnectReason.CLIENT_INITIATED);
            assertThat(request.getLeave().getAction()).isEqualTo(LeaveRequest.Action.DISCONNECT);
        });
        assertThat(up.line().closed).isTrue();
        assertThat(up.peers.open()).isEmpty();
        assertThat(up.events).filteredOn(event -> event.startsWith("left")).containsExactly("left OWN_LEAVE");
        assertThat(up.participant.left()).isCompleted();
        assertThat(up.serial.timerCount()).isZero();
    }

    private void start() {
        room.participant.join();
        room.serial.run();
    }

    private void offer(int id) {
        room.receive(SignalResponse.newBuilder()
                .setOffer(SessionDescription.newBuilder()
                        .setType("offer")
                        .setSdp("offer " + id)
                        .setId(id)));
    }

    private void trickle(String json, SignalTarget target) {
        room.receive(SignalResponse.newBuilder()
                .setTrickle(TrickleRequest.newBuilder().setCandidateInit(json).setTarget(target)));
    }

    private static Codec.Builder codec(String mime) {
        return Codec.newBuilder().setMime(mime);
    }

    private static VideoCodec codecOf(JoinResponse.Builder join) {
        return JoinTerms.codec(join.build());
    }
}
