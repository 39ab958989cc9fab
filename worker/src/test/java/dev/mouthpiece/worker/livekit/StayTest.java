package dev.mouthpiece.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.media.Seeds;
import dev.mouthpiece.worker.rtc.PeerState;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import livekit.LivekitModels.ClientConfigSetting;
import livekit.LivekitModels.DataPacket;
import livekit.LivekitModels.DisconnectReason;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.ParticipantPermission;
import livekit.LivekitModels.UserPacket;
import livekit.LivekitRtc.LeaveRequest;
import livekit.LivekitRtc.MuteTrackRequest;
import livekit.LivekitRtc.Pong;
import livekit.LivekitRtc.SessionDescription;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalRequest.MessageCase;
import livekit.LivekitRtc.SignalResponse;
import livekit.LivekitRtc.SyncState;
import livekit.LivekitRtc.TrackUnpublishedResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What happens to a participant that is in its room, message by message. */
class StayTest {
    private final FakeRoom room = FakeRoom.connected();

    @Test
    void shouldAskForSignsOfLifeAndResumeWhenThereAreNone() {
        room.line().take();
        for (int i = 0; i < 4; i++) {
            room.serial.advanceMs(5_000);
            final List<SignalRequest> sent = room.line().take();
            assertThat(sent).singleElement().matches(SignalRequest::hasPingReq);
            room.receive(SignalResponse.newBuilder()
                    .setPongResp(Pong.newBuilder()
                            .setLastPingTimestamp(sent.getFirst().getPingReq().getTimestamp())));
        }

        room.serial.advanceMs(20_000);

        assertThat(room.events).endsWith("reconnecting");
        assertThat(room.line().query).contains("&reconnect=1&sid=PA_1&reconnect_reason=1");
    }

    @Test
    void shouldResumeWithTheNewestTokenAndTellTheServerWhereItWas() {
        room.receive(SignalResponse.newBuilder().setRefreshToken(FakeRoom.token("avatar") + "bmV3"));
        room.receive(SignalResponse.newBuilder().setRefreshToken("nonsense"));
        serverOffers();
        serverChannels();
        for (int i = 1; i <= 3; i++) {
            room.participant.data().publish("t", new byte[] {(byte) i}, true, List.of());
        }
        room.peers.subscriber().channels.getFirst().receive(packet("agent", 9));
        final FakePeers.Channel reliable = room.peers.publisher().channels.getFirst();
        reliable.sent.clear();

        room.line().fail();
        assertThat(room.line().token.secret()).endsWith("bmV3");
        assertThat(room.line().query).contains("reconnect=1").contains("sid=PA_1");
        room.reconnect(1);

        final List<SignalRequest> sent = room.line().take();
        assertThat(sent)
                .extracting(SignalRequest::getMessageCase)
                .containsExactly(MessageCase.SYNC_STATE, MessageCase.OFFER);
        final SyncState state = sent.getFirst().getSyncState();
        assertThat(state.getOffer().getSdp()).isEqualTo("server offer");
        assertThat(state.getAnswer().getId()).isEqualTo(77);
        assertThat(state.getPublishTracksList())
                .extracting(track -> track.getCid() + " " + track.getTrack().getSid())
                .containsExactly("AUDIO-CID TR_AUDIO-CID", "VIDEO-CID TR_VIDEO-CID");
        assertThat(state.getDataChannelsList())
                .extracting(channel -> channel.getTarget() + " " + channel.getLabel())
                .containsExactly(
                        "PUBLISHER _reliable", "PUBLISHER _lossy", "SUBSCRIBER _reliable", "SUBSCRIBER _lossy");
        assertThat(state.getDatachannelReceiveStatesList())
                .singleElement()
                .matches(seen -> seen.getPublisherSid().equals("PA_agent") && seen.getLastSeq() == 9);
        assertThat(room.peers.publisher().log).endsWith("restart");
        assertThat(reliable.sent).as("packets that the server has not seen").hasSize(2);
    }

    @Test
    void shouldStandAgainWhenTheServerHasAnsweredItsRestart() {
        room.line().fail();
        room.reconnect(0);
        assertThat(room.events).endsWith("reconnecting");
        answerRestart();

        assertThat(room.events).endsWith("reconnecting", "resumed");
        assertThat(room.peers.publishing).hasSize(1);
    }

    @Test
    void shouldJoinAnewWhenTheSignalConnectionBreaksAgainBeforeTheSessionStands() {
        room.line().fail();
        room.reconnect(0);
        room.line().fail();
        room.serial.advanceMs(1);

        assertThat(room.line().query).doesNotContain("reconnect=1");
    }

    @Test
    void shouldJoinAnewWhenTheServerRefusesToResume() {
        room.line().fail();
        room.leave(LeaveRequest.Action.RECONNECT, DisconnectReason.STATE_MISMATCH);
        room.serial.advanceMs(1);

        assertThat(room.line().query).doesNotContain("reconnect");
        assertThat(room.peers.open()).isEmpty();
        room.accept(room.join());
        room.goUp();
        assertThat(room.events).endsWith("reconnecting", "joined avatar blue PA_2", "anew");
        assertThat(room.line().take()).noneMatch(SignalRequest::hasLeave);
    }

    @Test
    void shouldJoinAnewWhenTheResumeIsNotAnswered() {
        room.line().fail();
        room.serial.advanceMs(RoomSession.ANSWER_TIMEOUT_MS + 1);

        assertThat(room.signal.connections).hasSize(3);
        assertThat(room.line().query).doesNotContain("reconnect");
    }

    @Test
    void shouldJoinAnewWhereTheServerWantsNoResumes() {
        final var strict = new FakeRoom();
        strict.participant.join();
        strict.serial.run();
        final var join = strict.join();
        join.getClientConfigurationBuilder().setResumeConnection(ClientConfigSetting.DISABLED);
        strict.accept(join);
        strict.goUp();

        strict.line().fail();
        strict.serial.advanceMs(1);

        assertThat(strict.line().query).doesNotContain("reconnect");
    }

    @ParameterizedTest
    @CsvSource({"true, 2", "false, 3"})
    void shouldResumeWhenAPathIsLost(boolean publisher, int reason) {
        final FakePeers.Peer peer = publisher ? room.peers.publisher() : room.peers.subscriber();
        peer.events.onState(PeerState.DISCONNECTED);
        assertThat(room.signal.connections).hasSize(1);

        peer.events.onState(PeerState.FAILED);

        assertThat(room.line().query).endsWith("reconnect_reason=" + reason);
        assertThat(room.signal.connections.getFirst().aborted).isTrue();
    }

    @Test
    void shouldJoinAnewWhenThePathStaysLostAfterAResume() {
        room.peers.publisher().events.onState(PeerState.FAILED);
        room.reconnect(0);
        room.takeTracks();
        room.peers.publisher().events.onState(PeerState.FAILED);
        room.serial.advanceMs(1);

        assertThat(room.signal.connections).hasSize(3);
        assertThat(room.line().query).doesNotContain("reconnect");
    }

    @Test
    void shouldJoinAnewWithGrowingPausesAndGiveUpInTheEnd() {
        room.line().fail();
        for (int i = 0; i < 2000 && !room.events.contains("left UNREACHABLE"); i++) {
            room.line().fail();
            room.serial.advanceMs(100);
        }

        assertThat(room.events).filteredOn("reconnecting"::equals).hasSize(1);
        assertThat(room.events).endsWith("left UNREACHABLE");
        assertThat(room.signal.connections.size()).isBetween(15, 100);
    }

    @Test
    void shouldTakeWhatWouldBeFinalAtFirstForAFaultOfTheMoment() {
        room.line().fail();
        room.line().fail(new RoomException(RoomException.Fault.NOT_LIVEKIT, "a proxy without its server"));
        room.serial.advanceMs(1);

        assertThat(room.signal.connections).hasSize(3);
    }

    @Test
    void shouldLeaveWhenItsTokenIsNotTakenAnyMore() {
        room.line().fail();
        room.line().fail(new RoomException(RoomException.Fault.TOKEN_EXPIRED, "expired"));

        assertThat(room.events).endsWith("left REFUSED");
    }

    @ParameterizedTest
    @CsvSource({
        "PARTICIPANT_REMOVED, REMOVED",
        "ROOM_DELETED, ROOM_ENDED",
        "ROOM_CLOSED, ROOM_ENDED",
        "DUPLICATE_IDENTITY, DUPLICATE_IDENTITY",
        "AGENT_ERROR, SERVER",
        "UNKNOWN_REASON, SERVER",
    })
    void shouldLeaveForGoodWhenTheServerSendsItAway(DisconnectReason reason, Departure.Cause cause) {
        room.leave(LeaveRequest.Action.DISCONNECT, reason);
        room.serial.advanceMs(300_000);

        assertThat(room.events).endsWith("left " + cause);
        assertThat(room.events).doesNotContain("reconnecting");
        assertThat(room.signal.connections).hasSize(1);
        assertThat(room.serial.timerCount()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"SERVER_SHUTDOWN", "CONNECTION_TIMEOUT", "STATE_MISMATCH", "MIGRATION", "SIGNAL_CLOSE"})
    void shouldJoinAnewWhenTheServerHasItsOwnReasons(DisconnectReason reason) {
        room.leave(LeaveRequest.Action.DISCONNECT, reason);
        room.serial.advanceMs(1);

        assertThat(room.events).endsWith("reconnecting");
        assertThat(room.line().query).doesNotContain("reconnect");
    }

    @Test
    void shouldResumeOrJoinAnewAsTheServerSays() {
        room.leave(LeaveRequest.Action.RESUME, DisconnectReason.MIGRATION);
        assertThat(room.line().query).contains("reconnect=1");
        final FakeRoom other = FakeRoom.connected();
        other.leave(LeaveRequest.Action.RECONNECT, DisconnectReason.MIGRATION);
        other.serial.advanceMs(1);
        assertThat(other.line().query).doesNotContain("reconnect=1");
    }

    @Test
    void shouldWaitForTheReasonWhenTheServerClosesItsChannels() {
        room.peers.publisher().channels.getFirst().closedByServer();
        room.serial.advanceMs(500);
        room.leave(LeaveRequest.Action.DISCONNECT, DisconnectReason.DUPLICATE_IDENTITY);
        room.serial.advanceMs(10_000);

        assertThat(room.events).endsWith("left DUPLICATE_IDENTITY").doesNotContain("reconnecting");
    }

    @Test
    void shouldJoinAnewWhenTheServerClosesItsChannelsWithoutAReason() {
        room.peers.publisher().channels.getFirst().closedByServer();
        room.peers.publisher().channels.getLast().closedByServer();
        room.serial.advanceMs(1_100);

        assertThat(room.signal.connections).hasSize(2);
    }

    @Test
    void shouldSendInTheOldSessionsPlaceWhatIsSentAfterAResumeAndFromOneAfterAJoin() {
        room.participant.data().publish("t", new byte[1], true, List.of());
        room.line().fail();
        room.line().fail();
        room.serial.advanceMs(1);
        room.accept(room.join());
        room.goUp();
        room.participant.data().publish("t", new byte[1], true, List.of());

        assertThat(sequences(room.peers.publishing.getFirst())).containsExactly(1);
        assertThat(sequences(room.peers.publisher())).containsExactly(1);
    }

    @Test
    void shouldHearPacketsOnBothConnections() {
        final List<String> heard = new ArrayList<>();
        room.participant.data().listen((sender, topic, payload) -> heard.add(sender));
        serverChannels();

        room.peers.subscriber().channels.getFirst().receive(packet("a", 1));
        room.peers.publisher().channels.getFirst().receive(packet("b", 1));
        room.peers.publisher().channels.getLast().receive(packet("c", 0));

        assertThat(heard).containsExactly("a", "b", "c");
    }

    @Test
    void shouldApplyAMuteAndAcknowledgeIt() {
        room.line().take();
        final var mute = MuteTrackRequest.newBuilder().setSid("TR_AUDIO-CID").setMuted(true);
        room.receive(SignalResponse.newBuilder().setMute(mute));
        room.receive(SignalResponse.newBuilder()
                .setMute(MuteTrackRequest.newBuilder().setSid("TR_other").setMuted(true)));

        assertThat(room.events).endsWith("muted audio");
        assertThat(room.line().take()).singleElement().matches(SignalRequest::hasMute);
    }

    @Test
    void shouldPublishAgainWhenATrackWasDroppedOrPermissionIsBack() {
        final FakeRoom dropped = FakeRoom.connected();
        drop(dropped);
        dropped.serial.advanceMs(1);
        assertThat(dropped.signal.connections).hasSize(2);

        room.update(room.self("PA_1", ParticipantInfo.State.ACTIVE)
                .setPermission(ParticipantPermission.newBuilder().setCanSubscribe(true)));
        drop(room);
        room.serial.advanceMs(2_000);
        assertThat(room.signal.connections).hasSize(1);
        room.update(room.self("PA_1", ParticipantInfo.State.ACTIVE));
        room.serial.advanceMs(ServerSession.EXPLAIN_MS + 1);

        assertThat(room.signal.connections).hasSize(2);
    }

    @Test
    void shouldKnowWhoIsThereThroughEverything() {
        room.update(FakeRoom.other("a", "PA_a"), FakeRoom.other("b", "PA_b"));
        room.update(FakeRoom.other("a", "PA_a2"));
        room.update(FakeRoom.other("a", "PA_a").setState(ParticipantInfo.State.DISCONNECTED));
        room.update(FakeRoom.other("never", "PA_n").setState(ParticipantInfo.State.DISCONNECTED));
        assertThat(rosterEvents())
                .containsExactly("there a PA_a", "there b PA_b", "gone a PA_a", "there a PA_a2", "gone never PA_n");

        room.line().fail();
        room.reconnect(0);
        room.update(FakeRoom.other("a", "PA_a2"), room.self("PA_1", ParticipantInfo.State.ACTIVE));
        answerRestart();
        room.serial.advanceMs(RoomSession.SETTLE_MS + 1);
        assertThat(room.events).endsWith("gone b PA_b");

        room.line().fail();
        room.line().fail();
        room.serial.advanceMs(1);
        room.accept(room.join().addOtherParticipants(FakeRoom.other("c", "PA_c")));
        assertThat(room.participant.others())
                .extracting(RemoteParticipant::identity)
                .containsExactly("c");
    }

    @Test
    void shouldNotForgetAnybodyWhenTheServerNamesNobodyAfterAResume() {
        room.update(FakeRoom.other("a", "PA_a"));
        room.line().fail();
        room.reconnect(0);
        answerRestart();
        room.serial.advanceMs(RoomSession.SETTLE_MS + 1);

        assertThat(room.participant.others()).hasSize(1);
    }

    @Test
    void shouldNotTakeOlderNewsOfAParticipant() {
        room.update(FakeRoom.other("a", "PA_a").setVersion(5).putAttributes("mood", "new"));
        room.update(FakeRoom.other("a", "PA_a").setVersion(4).putAttributes("mood", "old"));

        assertThat(room.participant.others().getFirst().attributes()).containsEntry("mood", "new");
    }

    @Test
    void shouldEndInOrderWhateverHappens() {
        Seeds.forEach(300, StayTest::live);
    }

    /** Random messages and failures, in any order; then it leaves. */
    private static void live(SplittableRandom random) {
        final var room = new FakeRoom(new Random(random.nextLong()));
        room.participant.join();
        room.serial.run();
        for (int i = 0; i < 120; i++) {
            step(room, random);
            room.serial.run();
            assertThat(room.peers.open())
                    .as("connections of one session at most")
                    .hasSizeLessThanOrEqualTo(2);
        }
        room.participant.leave();
        room.serial.run();
        room.serial.advanceMs(300_000);

        assertThat(room.peers.open()).isEmpty();
        assertThat(room.serial.timerCount()).isZero();
        assertThat(room.signal.connections).allMatch(line -> line.closed || line.aborted);
        assertThat(room.events).filteredOn(event -> event.startsWith("left")).hasSize(1);
        assertThat(room.events.getLast()).startsWith("left");
    }

    private static void step(FakeRoom room, SplittableRandom random) {
        final FakePeers.Peer publisher = room.peers.publishing.isEmpty() ? null : room.peers.publisher();
        final FakePeers.Peer subscriber = room.peers.subscribing.isEmpty() ? null : room.peers.subscriber();
        switch (random.nextInt(20)) {
            case 0, 1 -> room.accept(room.join());
            case 2, 3 -> room.takeTracks();
            case 4 -> room.answer();
            case 5 -> room.reconnect(random.nextInt(10));
            case 6 -> room.line().fail();
            case 7 ->
                room.leave(
                        LeaveRequest.Action.forNumber(random.nextInt(3)),
                        DisconnectReason.forNumber(random.nextInt(4) == 0 ? 4 : 3));
            case 8, 9 -> room.update(room.self(room.sid(), ParticipantInfo.State.ACTIVE));
            case 10 -> room.update(FakeRoom.other("a", "PA_a" + random.nextInt(3)));
            case 11 -> room.serial.advanceMs(random.nextInt(12_000));
            case 12, 13 -> room.serial.advanceMs(random.nextInt(500));
            case 14 -> room.participant.data().publish("t", new byte[3], true, List.of());
            case 15 -> room.peers.broken = random.nextInt(5) == 0;
            case 16 -> {
                if (publisher != null && !publisher.closed) {
                    publisher.channels.getFirst().closedByServer();
                }
            }
            case 17 -> {
                if (publisher != null && !publisher.closed) {
                    publisher.failing = random.nextInt(4) == 0;
                }
            }
            default -> {
                final PeerState state = random.nextInt(4) > 0 ? PeerState.CONNECTED : PeerState.FAILED;
                if (publisher != null && !publisher.closed) {
                    publisher.events.onState(state);
                }
                if (subscriber != null && !subscriber.closed) {
                    subscriber.events.onState(state);
                }
            }
        }
    }

    private List<String> rosterEvents() {
        return room.events.stream()
                .filter(event -> event.startsWith("there") || event.startsWith("gone"))
                .toList();
    }

    private void answerRestart() {
        room.takeTracks();
        room.answer();
    }

    private void serverOffers() {
        room.receive(SignalResponse.newBuilder()
                .setOffer(SessionDescription.newBuilder()
                        .setType("offer")
                        .setSdp("server offer")
                        .setId(77)));
        room.line().take();
    }

    private void serverChannels() {
        final FakePeers.Peer subscriber = room.peers.subscriber();
        for (final String label : List.of("_reliable", "_lossy", "_data_track")) {
            final var channel = new FakePeers.Channel(label, 10);
            subscriber.channels.add(channel);
            subscriber.events.onChannel(channel);
        }
    }

    private static void drop(FakeRoom room) {
        room.receive(SignalResponse.newBuilder()
                .setTrackUnpublished(TrackUnpublishedResponse.newBuilder().setTrackSid("TR_VIDEO-CID")));
    }

    private static byte[] packet(String sender, int sequence) {
        return DataPacket.newBuilder()
                .setParticipantIdentity(sender)
                .setParticipantSid("PA_" + sender)
                .setSequence(sequence)
                .setUser(UserPacket.newBuilder().setTopic("t").setPayload(ByteString.copyFromUtf8("x")))
                .build()
                .toByteArray();
    }

    private static List<Integer> sequences(FakePeers.Peer peer) {
        return peer.channels.getFirst().sent.stream()
                .map(bytes -> {
                    try {
                        return DataPacket.parseFrom(bytes).getSequence();
                    } catch (final InvalidProtocolBufferException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();
    }
}
