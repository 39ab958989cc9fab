package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.serial.ManualSerial;
import dev.mouthpiece.worker.rtc.MediaLimits;
import dev.mouthpiece.worker.rtc.PeerState;
import dev.mouthpiece.worker.rtc.PublisherConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import livekit.LivekitModels.DisconnectReason;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.ParticipantPermission;
import livekit.LivekitModels.Room;
import livekit.LivekitModels.TrackInfo;
import livekit.LivekitModels.TrackSource;
import livekit.LivekitModels.TrackType;
import livekit.LivekitRtc.AddTrackRequest;
import livekit.LivekitRtc.JoinResponse;
import livekit.LivekitRtc.LeaveRequest;
import livekit.LivekitRtc.ParticipantUpdate;
import livekit.LivekitRtc.ReconnectResponse;
import livekit.LivekitRtc.SessionDescription;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalResponse;
import livekit.LivekitRtc.TrackPublishedResponse;

/** A participant and the server that the test plays for it, with a clock that the test holds. */
final class FakeRoom implements ParticipantEvents {
    static final String URL = "wss://example.test/base";

    final ManualSerial serial = new ManualSerial();
    final FakeSignal signal = new FakeSignal();
    final FakePeers peers = new FakePeers();
    final List<String> events = new ArrayList<>();
    final Participant participant;
    int lastOfferId;
    private int sids;

    FakeRoom() {
        this(new Random(7));
    }

    FakeRoom(RandomGenerator random) {
        final var settings = ParticipantSettings.of(
                        URL,
                        token("avatar"),
                        new PublisherConfig("avatar", "AUDIO-CID", "VIDEO-CID"),
                        new ParticipantSettings.Video(368, 560),
                        new MediaLimits(1_000_000, 48_000, 900_000, 25))
                .withTimeouts(Duration.ofSeconds(20), Duration.ofMinutes(2));
        participant = new Participant(signal, serial, peers, settings, this, random);
    }

    /** A participant whose media flows. */
    static FakeRoom connected() {
        final var room = new FakeRoom();
        room.participant.join();
        room.serial.run();
        room.accept(room.join());
        room.goUp();
        return room;
    }

    static String token(String identity) {
        final String claims = "{\"sub\":\"" + identity + "\",\"exp\":99999999999,\"video\":{\"room\":\"blue\"}}";
        return "eyJhbGciOiJIUzI1NiJ9."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8))
                + ".c2ln";
    }

    JoinResponse.Builder join() {
        return JoinResponse.newBuilder()
                .setRoom(Room.newBuilder().setName("blue"))
                .setParticipant(self("PA_" + ++sids, ParticipantInfo.State.JOINED))
                .setSubscriberPrimary(true)
                .setFastPublish(true)
                .setPingInterval(5)
                .setPingTimeout(15);
    }

    /** Our own entry in the list of participants. */
    ParticipantInfo.Builder self(String sid, ParticipantInfo.State state) {
        return ParticipantInfo.newBuilder()
                .setSid(sid)
                .setIdentity("avatar")
                .setState(state)
                .setPermission(ParticipantPermission.newBuilder()
                        .setCanPublish(true)
                        .setCanSubscribe(true)
                        .setCanPublishData(true));
    }

    String sid() {
        return "PA_" + sids;
    }

    FakeSignal.Connection line() {
        return signal.last();
    }

    void accept(JoinResponse.Builder join) {
        receive(SignalResponse.newBuilder().setJoin(join));
    }

    void receive(SignalResponse.Builder message) {
        line().receive(message);
        serial.run();
    }

    /** The server answers, takes our tracks, connects and says that we are active. */
    void goUp() {
        takeTracks();
        answer();
        state(PeerState.CONNECTED);
        update(self(sid(), ParticipantInfo.State.ACTIVE));
    }

    /** The server takes the tracks that were announced. */
    void takeTracks() {
        for (final SignalRequest request : line().take()) {
            if (request.hasAddTrack()) {
                final AddTrackRequest track = request.getAddTrack();
                receive(SignalResponse.newBuilder()
                        .setTrackPublished(TrackPublishedResponse.newBuilder()
                                .setCid(track.getCid())
                                .setTrack(TrackInfo.newBuilder()
                                        .setSid("TR_" + track.getCid())
                                        .setType(track.getType())
                                        .setName(track.getName()))));
            } else if (request.hasOffer()) {
                lastOfferId = request.getOffer().getId();
            }
        }
    }

    /** The server answers our last offer. */
    void answer() {
        answer(lastOfferId);
    }

    void answer(int id) {
        receive(SignalResponse.newBuilder()
                .setAnswer(SessionDescription.newBuilder()
                        .setType("answer")
                        .setSdp("answer " + id)
                        .setId(id)));
    }

    /** Both connections. */
    void state(PeerState state) {
        peers.publisher().events.onState(state);
        peers.subscriber().events.onState(state);
        serial.run();
    }

    void update(ParticipantInfo.Builder... participants) {
        final var update = ParticipantUpdate.newBuilder();
        for (final ParticipantInfo.Builder participant : participants) {
            update.addParticipants(participant);
        }
        receive(SignalResponse.newBuilder().setUpdate(update));
    }

    void reconnect(int lastSeen) {
        receive(SignalResponse.newBuilder()
                .setReconnect(ReconnectResponse.newBuilder().setLastMessageSeq(lastSeen)));
    }

    void leave(LeaveRequest.Action action, DisconnectReason reason) {
        receive(SignalResponse.newBuilder()
                .setLeave(LeaveRequest.newBuilder().setAction(action).setReason(reason)));
    }

    static ParticipantInfo.Builder other(String identity, String sid) {
        return ParticipantInfo.newBuilder()
                .setIdentity(identity)
                .setSid(sid)
                .setState(ParticipantInfo.State.ACTIVE)
                .setKind(ParticipantInfo.Kind.STANDARD);
    }

    static TrackInfo.Builder microphone(String sid) {
        return TrackInfo.newBuilder().setSid(sid).setType(TrackType.AUDIO).setSource(TrackSource.MICROPHONE);
    }

    @Override
    public void onJoined(String identity, String room, String sid) {
        events.add("joined " + identity + " " + room + " " + sid);
    }

    @Override
    public void onConnected() {
        events.add("connected");
    }

    @Override
    public void onReconnecting(String why) {
        events.add("reconnecting");
    }

    @Override
    public void onReconnected(boolean resumed) {
        events.add(resumed ? "resumed" : "anew");
    }

    @Override
    public void onParticipant(RemoteParticipant remote) {
        events.add("there " + remote.identity() + " " + remote.sid());
    }

    @Override
    public void onParticipantGone(RemoteParticipant remote) {
        events.add("gone " + remote.identity() + " " + remote.sid());
    }

    @Override
    public void onMuted(boolean audio, boolean muted) {
        events.add((muted ? "muted " : "unmuted ") + (audio ? "audio" : "video"));
    }

    @Override
    public void onLeft(Departure departure) {
        events.add("left " + departure.cause());
    }
}
