package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sound from a publisher's peer to a listener's, the way a media server hands tracks on. */
@Tag("slow")
class ListenerTest {
    private static final AnswerOptions RECEIVE = new AnswerOptions(null, List.of(), CandidateWait.FIRST);

    private static final Path TASKS = Path.of("/proc/self/task");
    /** As far as Linux keeps a thread's name. */
    private static final String DEVICE_THREAD = "webrtc_audio_mo";

    private static final String CLOCK_THREAD = "hearing";

    private final Session session = new Session();
    private final Publisher publisher = Rtc.load().newPublisher(new PublisherConfig("room", "sound", "picture"));
    private final Listener listener = session.call(() -> Rtc.load().newListener());
    private final RecordedEvents sent = new RecordedEvents();
    private final RecordedEvents heard = new RecordedEvents();
    private final Peer from = session.call(() -> publisher.newPeer(PeerConfig.DEFAULT, sent, session.executor()));
    private final Peer to = session.call(() -> listener.newPeer(PeerConfig.DEFAULT, heard, session.executor()));
    private final AtomicInteger ticks = new AtomicInteger();
    private volatile int loudest;

    @BeforeEach
    void offerMedia() {
        session.run(() -> from.sendMedia(new MediaLimits(300_000, 32_000, 0, 25), VideoCodec.VP8));
    }

    @AfterEach
    void close() {
        session.run(listener::close);
        session.run(publisher::close);
        session.close();
    }

    @Test
    void shouldHearATrackInTicksOf10Ms() {
        negotiate("a=sendonly", "PA_1|TR_1 TR_1");
        assertThat(heard.tracks).singleElement().satisfies(track -> {
            assertThat(track.mid()).isEqualTo("0");
            assertThat(track.streamId()).isEqualTo("PA_1|TR_1");
            assertThat(track.trackId()).isEqualTo("TR_1");
        });
        session.run(() -> heard.tracks.getFirst().listen(this::hear));

        try (Pump pump = Pump.start(publisher, 8_000)) {
            Session.until("sound", () -> loudest > 4_000);
            final int ticksBefore = ticks.get();
            final int pumpBefore = pump.ticks;
            Session.until("2 s of sound", () -> pump.ticks - pumpBefore > 200);
            assertThat(ticks.get() - ticksBefore).isBetween(150, 250);
        }
        assertThat(session.await(to::stats).received())
                .isNotNull()
                .satisfies(received -> assertThat(received.packetsReceived()).isPositive());
    }

    @Test
    void shouldTakeSoundByAClockOfItsOwnAsLongAsATrackIsHeard() {
        assumeTrue(Files.isDirectory(TASKS), "finds native threads the way Linux tells them");
        final long devicesBefore = threads(DEVICE_THREAD);
        assertThat(threads(CLOCK_THREAD)).isZero();
        negotiate("a=sendonly", "PA_1|TR_1 TR_1");
        session.run(() -> heard.tracks.getFirst().listen(this::hear));

        try (Pump pump = Pump.start(publisher, 8_000)) {
            Session.until("sound", () -> pump.ticks > 20 && loudest > 4_000);
            assertThat(threads(CLOCK_THREAD)).isOne();
            assertThat(threads(DEVICE_THREAD))
                    .as("the device's own, which is slow")
                    .isEqualTo(devicesBefore);

            session.run(to::close);
            Session.until("the end of its thread", () -> threads(CLOCK_THREAD) == 0);
        }
    }

    /** Those of this process whose name begins so, whoever has made them. */
    private static long threads(String name) {
        long count = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (final Path task : tasks) {
                if (Files.readString(task.resolve("comm")).startsWith(name)) {
                    count++;
                }
            }
        } catch (IOException e) {
            // One of them has ended meanwhile.
            return threads(name);
        }
        return count;
    }

    @Test
    void shouldFollowASectionThatIsUsedAgain() {
        negotiate("a=sendonly", "PA_1|TR_1 TR_1");
        session.run(() -> heard.tracks.getFirst().listen(this::hear));
        try (Pump pump = Pump.start(publisher, 8_000)) {
            Session.until("sound", () -> ticks.get() > 20);

            negotiate("a=inactive", "PA_1|TR_1 TR_1");
            assertThat(heard.endedTracks).containsExactlyElementsOf(heard.tracks);
            negotiate("a=sendonly", "PA_1|TR_2 TR_2");
            assertThat(heard.tracks).extracting(AudioReceiver::trackId).containsExactly("TR_1", "TR_2");
            assertThat(heard.tracks).extracting(AudioReceiver::mid).containsOnly("0");

            final int left = ticks.get();
            final AtomicInteger again = new AtomicInteger();
            session.run(() -> heard.tracks.getLast().listen(pcm -> again.incrementAndGet()));
            Session.until("sound again", () -> again.get() > 10);
            final int againBefore = again.get();
            final int pumpBefore = pump.ticks;
            Session.until("2 s of sound", () -> pump.ticks - pumpBefore > 200);
            // Two sinks on the one track would hear twice as much.
            assertThat(again.get() - againBefore).isBetween(150, 250);
            assertThat(ticks.get()).as("what the track of before still hears").isEqualTo(left);
        }
    }

    @Test
    void shouldTellWhenATrackIsReplacedAtOnce() {
        negotiate("a=sendonly", "PA_1|TR_1 TR_1");

        negotiate("a=sendonly", "PA_2|TR_9 TR_9");

        assertThat(heard.endedTracks).extracting(AudioReceiver::trackId).containsExactly("TR_1");
        assertThat(heard.tracks).extracting(AudioReceiver::trackId).containsExactly("TR_1", "TR_9");
    }

    @Test
    void shouldSurviveThatASectionIsDropped() {
        negotiate("a=sendonly", "PA_1|TR_1 TR_1");
        session.run(() -> heard.tracks.getFirst().listen(this::hear));
        try (Pump pump = Pump.start(publisher, 8_000)) {
            Session.until("sound", () -> ticks.get() > 20);
            final String offer = offer("a=sendonly", "PA_1|TR_1 TR_1")
                    .replaceFirst("m=audio \\d+ ", "m=audio 0 ")
                    .replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 1");

            session.await(() -> to.answer(offer, RECEIVE));

            assertThat(heard.endedTracks).hasSize(1);
            final int before = ticks.get();
            final int pumpBefore = pump.ticks;
            Session.until("a while", () -> pump.ticks - pumpBefore > 20);
            assertThat(ticks.get()).isEqualTo(before);
        }
    }

    @Test
    void shouldNotSend() {
        assertThatThrownBy(
                        () -> session.run(() -> to.sendMedia(new MediaLimits(300_000, 32_000, 0, 25), VideoCodec.VP8)))
                .isInstanceOf(RtcException.class)
                .hasMessageContaining("cannot send");
    }

    private void hear(byte[] pcm) {
        assertThat(pcm).hasSize(Publisher.PCM_BYTES);
        loudest = Math.max(loudest, Sounds.peak(pcm));
        ticks.incrementAndGet();
    }

    /** The sender's offer with a direction and a name as a server would write them, and the whole exchange. */
    private void negotiate(String direction, String msid) {
        final String offer = offer(direction, msid);
        final String answer = session.await(() -> to.answer(offer, RECEIVE));
        session.await(() -> from.acceptAnswer(answer));
        session.run(() -> sent.trickleTo(to::addRemoteCandidate));
        Session.until("connected", () -> heard.state() == PeerState.CONNECTED);
    }

    private String offer(String direction, String msid) {
        return session.await(() -> from.createOffer(false))
                .replace("a=msid:room sound", "a=msid:" + msid)
                .replace(" msid:room sound", " msid:" + msid)
                .replaceFirst("a=sendonly", direction);
    }
}
