package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real media between peers of ours and bare webrtc-java ones. */
@Tag("slow")
class PeerMediaTest {
    private static final MediaLimits LIMITS = new MediaLimits(1_000_000, 48_000, 900_000, 25);

    private final Session session = new Session();
    private final Publisher publisher = Rtc.load().newPublisher(new PublisherConfig("avatar", "sound", "picture"));
    private final Viewer viewer = new Viewer();
    private final RecordedEvents events = new RecordedEvents();

    @AfterEach
    void close() {
        session.run(publisher::close);
        viewer.close();
        session.close();
    }

    @Test
    void shouldSendH264AndSoundToAPeerThatAnswers() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.H264);

        pumpUntilSeenAndHeard(viewer);

        assertThat(video(peer).encoder()).isEqualTo("OpenH264");
        assertThat(video(peer).codec()).isEqualTo("video/H264");
        assertThat(viewer.codecOf("video")).isEqualTo("video/H264 42e01f");
        assertThat(viewer.width).isEqualTo(Pump.WIDTH);
        assertThat(events.states).containsSubsequence(PeerState.CONNECTING, PeerState.CONNECTED);
        assertThat(events.iceStates).contains(IceState.CONNECTED);
        assertThat(events.threads).containsOnly("session");
    }

    @Test
    void shouldSendSoundInShortPacketsWhenAsked() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS.withShortPackets(), VideoCodec.H264);

        assertThat(soundPerPacketMs(peer)).isLessThan(14);
    }

    @Test
    void shouldSendSoundInUsualPacketsUnlessAsked() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.H264);

        assertThat(soundPerPacketMs(peer)).isGreaterThan(16);
    }

    private double soundPerPacketMs(Peer peer) {
        try (Pump pump = Pump.start(publisher, 8_000)) {
            Session.until("seen", () -> viewer.pictures.get() > 5);
            final int fromTick = pump.ticks;
            final long fromPacket = soundPackets(peer);
            Session.until("three seconds of sound", () -> pump.ticks > fromTick + 300);
            return 10.0 * (pump.ticks - fromTick) / (soundPackets(peer) - fromPacket);
        }
    }

    private long soundPackets(Peer peer) {
        return Objects.requireNonNull(session.await(peer::stats).audio()).packetsSent();
    }

    @Test
    void shouldSendVp8WhenAsked() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.VP8);

        pumpUntilSeenAndHeard(viewer);

        assertThat(video(peer).encoder()).isEqualTo("libvpx");
        assertThat(video(peer).codec()).isEqualTo("video/VP8");
    }

    @Test
    void shouldNameTracksAndPutThemIntoOneStream() {
        final Peer peer = newPeer(events);
        session.run(() -> peer.sendMedia(LIMITS, VideoCodec.H264));

        final Sdp offer = Sdp.parse(session.await(() -> peer.createOffer(false)));

        assertThat(offer.sections()).extracting(Sdp.Section::msid).containsExactly("avatar sound", "avatar picture");
        assertThat(offer.sections()).allMatch(section -> section.has("a=sendonly"));
    }

    @Test
    void shouldAnswerAPlayersOfferWithH264AndSound() {
        final Peer peer = newPeer(events);
        Pairs.answer(session, peer, events, viewer, AnswerOptions.send(LIMITS));

        pumpUntilSeenAndHeard(viewer);

        // Chrome decodes what comes, whatever the texts say: only the encoder's own word counts.
        assertThat(video(peer).encoder()).isEqualTo("OpenH264");
        assertThat(viewer.codecOf("video")).isEqualTo("video/H264 42e01f");
    }

    @Test
    void shouldFallBackToVp8WhenTheOfferHasNoH264() {
        final Peer peer = newPeer(events);
        final String offer = viewer.offer(true, true).replace(" H264/90000", " H26X/90000");
        viewer.accept(Pairs.answerTo(session, peer, offer, AnswerOptions.send(LIMITS)));

        pumpUntilSeenAndHeard(viewer);

        assertThat(video(peer).encoder()).isEqualTo("libvpx");
    }

    @Test
    void shouldRefuseAnOfferWithNoCodecOfOurs() {
        final Peer peer = newPeer(events);
        final String offer =
                viewer.offer(true, true).replace(" H264/90000", " H26X/90000").replace(" VP8/90000", " VPX/90000");

        assertThatThrownBy(() -> Pairs.answerTo(session, peer, offer, AnswerOptions.send(LIMITS)))
                .isInstanceOf(RtcException.class)
                .hasMessageContaining("none of the video codecs");
    }

    @Test
    void shouldRefuseWhatIsNoOffer() {
        final Peer peer = newPeer(events);

        for (final String nonsense : List.of("", "hello", "v=0", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n")) {
            assertThatThrownBy(() -> Pairs.answerTo(session, peer, nonsense, AnswerOptions.receive()))
                    .as(nonsense)
                    .isInstanceOf(RtcException.class);
        }
    }

    @Test
    void shouldSendOnlyWhatTheOfferHasSectionsFor() {
        final Peer peer = newPeer(events);
        final String answer = Pairs.answerTo(session, peer, viewer.offer(true, false), AnswerOptions.send(LIMITS));

        assertThat(Sdp.parse(answer).sections()).singleElement().satisfies(section -> {
            assertThat(section.is("audio")).isTrue();
            assertThat(section.has("a=sendonly")).isTrue();
        });
    }

    @Test
    void shouldOnlySendEvenWhenTheOfferWouldSendToo() {
        final Peer peer = newPeer(events);
        final String offer = viewer.offer(true, true).replace("a=recvonly", "a=sendrecv");

        final String answer = Pairs.answerTo(session, peer, offer, AnswerOptions.send(LIMITS));

        assertThat(Sdp.parse(answer).sections()).hasSize(2).allMatch(section -> section.has("a=sendonly"));
    }

    @Test
    void shouldPutCandidatesIntoTheAnswerAsAsked() {
        for (final CandidateWait wait : List.of(CandidateWait.FIRST, CandidateWait.ALL)) {
            try (Viewer other = new Viewer()) {
                final Peer peer = newPeer(new RecordedEvents());
                final AnswerOptions options = new AnswerOptions(LIMITS, List.of(VideoCodec.H264), wait);
                final List<String> candidates = Sdp.parse(
                                Pairs.answerTo(session, peer, other.offer(true, true), options))
                        .candidates();

                assertThat(candidates).as(wait.name()).anyMatch(line -> line.contains(" udp "));
                assertThat(candidates.stream().anyMatch(line -> line.contains(" tcp ")))
                        .as(wait.name())
                        .isEqualTo(wait == CandidateWait.ALL);
            }
        }
    }

    @Test
    void shouldServeSeveralPeersThatComeAndGoWhileOthersListen() {
        final Peer first = newPeer(events);
        Pairs.offer(session, first, events, viewer, LIMITS, VideoCodec.H264);
        try (Pump _ = Pump.start(publisher, 8_000)) {
            for (int i = 0; i < 5; i++) {
                try (Viewer guest = new Viewer()) {
                    final RecordedEvents guestEvents = new RecordedEvents();
                    final Peer second = newPeer(guestEvents);
                    Pairs.answer(session, second, guestEvents, guest, AnswerOptions.send(LIMITS));
                    Session.until("guest sees and hears", () -> guest.pictures.get() > 2 && guest.loudest > 4_000);
                    session.run(second::close);
                }
            }
            final int seen = viewer.pictures.get();
            Session.until("the first still sees", () -> viewer.pictures.get() > seen + 10);
        }
        assertThat(viewer.inbound("audio", "concealedSamples"))
                .as("samples made up because of the guests")
                .isLessThan(48_000 / 5);
    }

    @Test
    void shouldKeepTheBitRateBelowItsLimits() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.H264);
        try (Pump _ = Pump.start(publisher, 8_000)) {
            Session.until("the target is at its ceiling", () -> video(peer).targetBps() > 900_000);
            assertThat(video(peer).targetBps()).isLessThanOrEqualTo(1_000_000);

            session.run(() -> peer.limitVideo(300_000));

            Session.until("the target follows", () -> video(peer).targetBps() <= 300_000);
            assertThat(Objects.requireNonNull(session.await(peer::stats).audio())
                            .targetBps())
                    .isLessThanOrEqualTo(48_000);
        }
    }

    @Test
    void shouldLimitWhatAnAnsweringPeerSends() {
        final Peer peer = newPeer(events);
        Pairs.answer(session, peer, events, viewer, AnswerOptions.send(new MediaLimits(400_000, 32_000, 0, 25)));
        try (Pump _ = Pump.start(publisher, 8_000)) {
            Session.until("two seconds of media", () -> viewer.pictures.get() > 50);
            assertThat(video(peer).targetBps()).isBetween(100_000L, 400_000L);
            assertThat(Objects.requireNonNull(session.await(peer::stats).audio())
                            .targetBps())
                    .isLessThanOrEqualTo(32_000);
        }
    }

    @Test
    void shouldStartAtTheBitRateThatIsAskedFor() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.H264);
        try (Pump _ = Pump.start(publisher, 8_000)) {
            final AtomicLong first = new AtomicLong();
            Session.until("the first target", () -> {
                first.set(video(peer).targetBps());
                return first.get() > 0;
            });
            // Otherwise it begins with 300 kbit/s and looks for more.
            assertThat(first.get()).isGreaterThan(400_000);
        }
    }

    @Test
    void shouldSpendNextToNothingOnSilence() throws Exception {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.H264);

        final long bytes = Sounds.bytesOfSilence(
                publisher::pushAudio,
                () -> Objects.requireNonNull(session.await(peer::stats).audio()).bytesSent());

        assertThat(bytes * 8).as("bits of a second").isLessThan(4_000);
    }

    @Test
    void shouldMoveToANewPathWhileMediaGoesOn() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.H264);
        try (Pump _ = Pump.start(publisher, 8_000)) {
            Session.until("pictures", () -> viewer.pictures.get() > 5);
            final String user = iceUser(viewer.connection().getRemoteDescription().sdp);
            final int candidates = events.candidates.size();

            session.run(() -> peer.setIceServers(List.of(new IceServer(List.of("stun:127.0.0.1:9"), "", ""))));
            Pairs.exchange(session, peer, events, viewer, true);

            assertThat(iceUser(viewer.connection().getRemoteDescription().sdp)).isNotEqualTo(user);
            Session.until("new candidates", () -> events.candidates.size() > candidates);
            final int seen = viewer.pictures.get();
            Session.until("pictures on the new path", () -> viewer.pictures.get() > seen + 25);
            assertThat(events.states).doesNotContain(PeerState.FAILED);
        }
    }

    @Test
    void shouldAnswerAnIceRestartWithNewCandidates() {
        final Peer peer = newPeer(events);
        Pairs.answer(session, peer, events, viewer, AnswerOptions.send(LIMITS));
        final String before = viewer.connection().getRemoteDescription().sdp;
        try (Pump _ = Pump.start(publisher, 8_000)) {
            final String answer = Pairs.answerTo(session, peer, viewer.offer(true), AnswerOptions.send(LIMITS));

            assertThat(iceUser(answer)).isNotEqualTo(iceUser(before));
            assertThat(Sdp.parse(answer).candidates()).isNotEmpty();
            viewer.accept(answer);
            final int seen = viewer.pictures.get();
            Session.until("pictures on the new path", () -> viewer.pictures.get() > seen + 25);
        }
    }

    @Test
    void shouldTakeAnOfferBackAndAnswerInstead() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.H264);
        session.await(() -> peer.createOffer(true));

        session.await(peer::rollback);

        final String answer = Pairs.answerTo(session, peer, viewer.offer(false), AnswerOptions.receive());
        viewer.accept(answer);
        pumpUntilSeenAndHeard(viewer);
    }

    @Test
    void shouldIgnoreWhatIsPushedAfterTheClose() {
        final Peer peer = newPeer(events);
        Pairs.offer(session, peer, events, viewer, LIMITS, VideoCodec.H264);
        try (Pump pump = Pump.start(publisher, 8_000)) {
            Session.until("pictures", () -> viewer.pictures.get() > 2);

            session.run(publisher::close);

            final int ticks = pump.ticks;
            Session.until("pushes after the close", () -> pump.ticks > ticks + 10);
        }
        session.run(publisher::close);
        session.run(peer::close);
    }

    @Test
    void shouldFailWhatIsPendingOrAskedForAfterTheClose() {
        final Peer peer = newPeer(events);
        final CompletableFuture<PeerStats> pending = session.call(() -> {
            final CompletableFuture<PeerStats> stats = peer.stats();
            peer.close();
            return stats;
        });

        assertThat(pending).isCompletedExceptionally();
        assertThatThrownBy(() -> session.await(() -> peer.createOffer(false)))
                .isInstanceOf(RtcException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> session.run(() -> peer.sendMedia(LIMITS, VideoCodec.H264)))
                .isInstanceOf(RtcException.class);
    }

    @Test
    void shouldUsePortsOfItsRangeOnly() {
        final NetworkConfig network = new NetworkConfig(41_000, 41_019, true, false, "");
        final Peer peer = session.call(
                () -> publisher.newPeer(new PeerConfig(List.of(), false, network), events, session.executor()));
        Pairs.answer(session, peer, events, viewer, AnswerOptions.send(LIMITS));

        assertThat(events.candidates).isNotEmpty().allSatisfy(candidate -> {
            final int port = Integer.parseInt(candidate.candidate().split(" ", -1)[5]);
            assertThat(port).isBetween(41_000, 41_019);
            assertThat(candidate.candidate()).contains(" udp ");
        });
    }

    @Test
    void shouldTellTheAddressThatOthersReachItBy() {
        final NetworkConfig network = new NetworkConfig(41_020, 41_039, true, true, "203.0.113.7");
        final Peer peer = session.call(
                () -> publisher.newPeer(new PeerConfig(List.of(), false, network), events, session.executor()));
        final String answer = Pairs.answerTo(session, peer, viewer.offer(true, true), AnswerOptions.send(LIMITS));

        assertThat(Sdp.parse(answer).candidates())
                .anyMatch(line -> line.matches("a=candidate:\\S+ 1 udp \\d+ 203\\.0\\.113\\.7 410[23]\\d typ host"));
        viewer.accept(answer);
        pumpUntilSeenAndHeard(viewer);
    }

    private Peer newPeer(RecordedEvents told) {
        return session.call(() -> publisher.newPeer(PeerConfig.DEFAULT, told, session.executor()));
    }

    private void pumpUntilSeenAndHeard(Viewer who) {
        try (Pump _ = Pump.start(publisher, 8_000)) {
            Session.until("pictures", () -> who.pictures.get() > 10);
            Session.until("sound", () -> who.loudest > 4_000);
        }
    }

    private PeerStats.SentVideo video(Peer peer) {
        return Objects.requireNonNull(session.await(peer::stats).video());
    }

    private static String iceUser(String sdp) {
        return Sdp.parse(sdp).iceUser();
    }
}
