package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.I420Frame;
import dev.onvoid.webrtc.RTCDataChannel;
import dev.onvoid.webrtc.RTCDataChannelBuffer;
import dev.onvoid.webrtc.RTCDataChannelInit;
import dev.onvoid.webrtc.RTCDataChannelObserver;
import dev.onvoid.webrtc.RTCDataChannelState;
import dev.onvoid.webrtc.RTCRtpCodecCapability;
import dev.onvoid.webrtc.RTCRtpEncodingParameters;
import dev.onvoid.webrtc.RTCRtpTransceiver;
import dev.onvoid.webrtc.RTCRtpTransceiverDirection;
import dev.onvoid.webrtc.RTCRtpTransceiverInit;
import dev.onvoid.webrtc.media.MediaType;
import dev.onvoid.webrtc.media.SyncClock;
import dev.onvoid.webrtc.media.audio.AudioDeviceModule;
import dev.onvoid.webrtc.media.audio.AudioLayer;
import dev.onvoid.webrtc.media.audio.AudioTrack;
import dev.onvoid.webrtc.media.audio.CustomAudioSource;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.VideoTrack;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What webrtc-java does wrong, each with what we do about it. A test that fails says that the library has been repaired
 * there, and that our workaround can go.
 */
@Tag("slow")
class WorkaroundsTest {
    static {
        Rtc.load();
    }

    private final Viewer sender = new Viewer(new AudioDeviceModule(AudioLayer.kDummyAudio));
    private final Viewer receiver = new Viewer();

    @AfterEach
    void close() {
        sender.close();
        receiver.close();
    }

    /** {@link NativeObjects#startAtZero}. */
    @Test
    void shouldStillCountAClockFromItsConstruction() {
        final SyncClock clock = new SyncClock();
        assertThat(clock.getTimestampUs()).isLessThan(System.nanoTime() / 1_000 - 1_000);

        NativeObjects.startAtZero(clock);

        assertThat(clock.getTimestampUs()).isGreaterThan(System.nanoTime() / 1_000 - 100_000);
        clock.dispose();
    }

    /** {@link Sdp#withVideo}: the offer is made to hold one codec. */
    @Test
    void shouldStillSendTheOffersFirstCodecWhateverTheAnswererPrefers() {
        final String offer = receiver.offer(false, true);
        assertThat(offer.indexOf(" VP8/")).isLessThan(offer.indexOf(" H264/"));
        final CustomVideoSource source = new CustomVideoSource();
        sender.connection().addTrack(picture(source), List.of("stream"));
        receiver.accept(sender.answer(
                offer, connection -> connection.getTransceivers()[0].setCodecPreferences(sendable("42e01f"))));
        Viewer.trickle(sender, receiver);

        pushUntilEncoded(source);

        assertThat(receiver.connection().getRemoteDescription().sdp)
                .contains(" H264/")
                .doesNotContain(" VP8/");
        assertThat(sender.encoder()).isEqualTo("libvpx");
    }

    /** {@link SentMedia#answered} adds tracks. */
    @Test
    void shouldStillNotBindTransceiversToTheSectionsOfAnOffer() {
        final String offer = receiver.offer(false, true);
        final RTCRtpTransceiverInit init = new RTCRtpTransceiverInit();
        init.direction = RTCRtpTransceiverDirection.SEND_ONLY;
        sender.connection().addTransceiver(picture(new CustomVideoSource()), init);

        final Sdp answer = Sdp.parse(sender.answer(offer));

        assertThat(answer.sections()).singleElement().satisfies(section -> assertThat(section.has("a=inactive"))
                .isTrue());
    }

    /** {@link MediaLimits#fps} is only announced. */
    @Test
    void shouldStillNotKeepAMaximumFrameRate() {
        final CustomVideoSource source = new CustomVideoSource();
        final RTCRtpEncodingParameters encoding = new RTCRtpEncodingParameters();
        encoding.maxFramerate = 5.0;
        final RTCRtpTransceiverInit init = new RTCRtpTransceiverInit();
        init.sendEncodings = List.of(encoding);
        sender.connection().addTransceiver(picture(source), init);
        Viewer.connect(sender, receiver, offer -> offer);

        final FramePool pool = new FramePool(false);
        final I420Frame frame = new I420Frame(64, 64);
        for (int i = 0; i < 50; i++) {
            Pump.paint(frame, i);
            source.pushFrame(Objects.requireNonNull(pool.copy(frame)).frame);
            LockSupport.parkNanos(40_000_000);
        }

        assertThat(sender.outbound("video", "framesEncoded")).isGreaterThan(30);
    }

    /** {@link AudioLane} primes the encoder. */
    @Test
    void shouldStillSpendMuchOnSilenceAfterSpeech() throws Exception {
        final CustomAudioSource source = new CustomAudioSource();
        final AudioTrack track = sender.factory().createAudioTrack("sound", source);
        sender.connection().addTrack(track, List.of("stream"));
        Viewer.connect(sender, receiver, offer -> offer);

        final long bytes = Sounds.bytesOfSilence(
                pcm -> source.pushAudio(pcm, 16, 48_000, 1, 480), () -> sender.outbound("audio", "bytesSent"));

        assertThat(bytes * 8).as("bits of a second").isGreaterThan(8_000);
    }

    /** {@link Listener} has a factory of its own, with the headless device. */
    @Test
    void shouldStillHearNothingWithTheDummyDevice() {
        final Viewer deaf = new Viewer(new AudioDeviceModule(AudioLayer.kDummyAudio));
        final Publisher publisher = Rtc.load().newPublisher(new PublisherConfig("avatar", "sound", "picture"));
        final RecordedEvents events = new RecordedEvents();
        try (Session session = new Session()) {
            final Peer peer = session.call(() -> publisher.newPeer(PeerConfig.DEFAULT, events, session.executor()));
            Pairs.offer(session, peer, events, deaf, new MediaLimits(300_000, 32_000, 0, 25), VideoCodec.VP8);
            try (Pump _ = Pump.start(publisher, 8_000)) {
                Session.until("packets", () -> deaf.inbound("audio", "packetsReceived") > 50);
            }
            session.run(publisher::close);
        }
        assertThat(deaf.sounds).hasValue(0);
        deaf.close();
    }

    /** {@link Publisher} has a factory of its own, with the dummy device. */
    @Test
    void shouldStillAbortTheProcessWhenTheHeadlessDeviceSends(@TempDir Path folder) throws Exception {
        final ChildJvm.Run run = ChildJvm.run(folder, AbortingSender.class, Map.of());

        assertThat(run.lines()).doesNotContain(AbortingSender.SURVIVED);
        assertThat(run.exitCode()).as(String.join("\n", run.lines())).isEqualTo(134);
    }

    /** {@link Peer#close} releases it. */
    @Test
    void shouldStillLeaveAReferenceBehindWhenAConnectionIsClosed() {
        final long handle = NativeObjects.handle(sender.connection());
        NativeObjects.retain(handle);

        sender.connection().close();

        assertThat(NativeObjects.release(handle)).as("ours was the last one").isFalse();
    }

    /** {@link AudioReceivers} names tracks by the offer. */
    @Test
    void shouldStillCallASectionsTracksByTheFirstOnesName() {
        final CustomAudioSource source = new CustomAudioSource();
        sender.connection().addTrack(sender.factory().createAudioTrack("TR_1", source), List.of("stream"));
        Viewer.connect(sender, receiver, offer -> offer);

        sender.accept(receiver.answer(sender.offer(false).replaceFirst("a=sendrecv", "a=inactive")));
        sender.accept(receiver.answer(sender.offer(false).replace("TR_1", "TR_2")));

        final RTCRtpTransceiver[] transceivers = receiver.connection().getTransceivers();
        assertThat(transceivers).hasSize(1);
        assertThat(transceivers[0].getReceiver().getTrack().getId()).isEqualTo("TR_1");
    }

    /** {@link DataChannel#send} takes whole arrays only. */
    @Test
    void shouldStillSendWholeBuffersWhateverTheirPositionAndLimit() throws Exception {
        final RTCDataChannel channel = connectedChannel();

        channel.send(new RTCDataChannelBuffer(ByteBuffer.wrap(new byte[1_000], 10, 16), true));
        channel.send(new RTCDataChannelBuffer(
                ByteBuffer.allocateDirect(1_000).position(10).limit(26), true));

        Session.until("they arrive", () -> receiver.messages.size() == 2);
        assertThat(receiver.messages).allMatch(message -> message.length == 1_000);
    }

    /** {@link DataChannel#MAX_MESSAGE_BYTES}. */
    @Test
    void shouldStillCloseAChannelForALongMessage() throws Exception {
        final RTCDataChannel channel = connectedChannel();

        channel.send(new RTCDataChannelBuffer(ByteBuffer.wrap(new byte[262_145]), true));

        Session.until("it is closed", () -> channel.getState() == RTCDataChannelState.CLOSED);
    }

    /** {@link DataChannel#MAX_BUFFERED_BYTES}. */
    @Test
    void shouldStillCloseAChannelForTooManyMessages() throws Exception {
        final RTCDataChannel channel = connectedChannel();
        final byte[] message = new byte[200_000];

        for (int i = 0; i < 150; i++) {
            channel.send(new RTCDataChannelBuffer(ByteBuffer.wrap(message), true));
        }

        Session.until("it is closed", () -> channel.getState() == RTCDataChannelState.CLOSED);
    }

    /** {@link DataChannel} asks how much is buffered. */
    @Test
    void shouldStillNotTellThatTheBufferHasRoom() throws Exception {
        final RTCDataChannel channel = connectedChannel();
        final AtomicInteger told = new AtomicInteger();
        channel.unregisterObserver();
        channel.registerObserver(new QuietObserver() {
            @Override
            public void onBufferedAmountChange(long previousAmount) {
                told.incrementAndGet();
            }
        });

        for (int i = 0; i < 20; i++) {
            channel.send(new RTCDataChannelBuffer(ByteBuffer.wrap(new byte[50_000]), true));
        }

        Session.until("they arrive", () -> receiver.messages.size() == 20);
        assertThat(told).hasValue(0);
    }

    /** {@link DataChannel}'s observer lets go of the channel by itself. */
    @Test
    void shouldStillHoldAChannelsObserverForEver() {
        final RTCDataChannel channel = sender.connection().createDataChannel("c", new RTCDataChannelInit());
        final WeakReference<Object> observer = observe(channel);
        channel.unregisterObserver();
        sender.connection().close();
        NativeObjects.release(NativeObjects.handle(channel));

        collect();

        assertThat(observer.get()).isNotNull();
    }

    /** Each publisher has its own factory: the references go when its threads end. */
    @Test
    void shouldStillHoldEveryReceivedMessageAsLongAsItsFactoryLives() throws Exception {
        final RTCDataChannel channel = connectedChannel();
        final ConcurrentLinkedQueue<WeakReference<Object>> received = new ConcurrentLinkedQueue<>();
        final RTCDataChannel other = receiver.channel("c");
        other.unregisterObserver();
        other.registerObserver(new QuietObserver() {
            @Override
            public void onMessage(RTCDataChannelBuffer buffer) {
                received.add(new WeakReference<>(buffer));
            }
        });
        for (int i = 0; i < 10; i++) {
            channel.send(new RTCDataChannelBuffer(ByteBuffer.wrap(new byte[10]), true));
        }
        Session.until("they arrive", () -> received.size() == 10);

        collect();

        assertThat(received).allMatch(message -> message.get() != null);
    }

    /** {@link RtcLibrary#loadNative} deletes it. */
    @Test
    void shouldStillLeaveAFileBehindWhenLoadingFails(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("libpulse.so.0"), "no library");

        final ChildJvm.Run run = loadWithout(folder, "bare");

        assertThat(run.lines()).anyMatch(line -> line.contains("UnsatisfiedLinkError"));
        assertThat(extracted(folder)).hasSize(1);
    }

    /** {@link NativeExit}. */
    @Test
    void shouldStillComplainWhenTheProcessEnds(@TempDir Path folder) throws Exception {
        final ChildJvm.Run bare = ChildJvm.run(folder, Leaving.class, Map.of(), "-Dbare=true");
        assertThat(bare.lines()).anyMatch(line -> line.contains("attach"));

        final ChildJvm.Run ours = ChildJvm.run(folder, Leaving.class, Map.of());

        assertThat(ours.lines()).last().isEqualTo(Leaving.LAST_WORD);
        assertThat(ours.exitCode()).isEqualTo(Leaving.EXIT_CODE);
    }

    static ChildJvm.Run loadWithout(Path folder, String how) throws Exception {
        return ChildJvm.run(
                folder,
                FailingLoad.class,
                Map.of("LD_LIBRARY_PATH", folder.toString()),
                "-Dhow=" + how,
                "-Djava.io.tmpdir=" + folder);
    }

    static List<Path> extracted(Path folder) throws Exception {
        final List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "libwebrtc-java-*")) {
            found.forEach(files::add);
        }
        return files;
    }

    private RTCDataChannel connectedChannel() {
        final RTCDataChannel channel = sender.open("c");
        Viewer.connect(sender, receiver, offer -> offer);
        Session.until(
                "open", () -> channel.getState() == RTCDataChannelState.OPEN && receiver.channels.containsKey("c"));
        return channel;
    }

    private VideoTrack picture(CustomVideoSource source) {
        return sender.factory().createVideoTrack("picture", source);
    }

    private List<RTCRtpCodecCapability> sendable(String profile) {
        final List<RTCRtpCodecCapability> found = new ArrayList<>();
        for (final RTCRtpCodecCapability codec :
                sender.factory().getRtpSenderCapabilities(MediaType.VIDEO).getCodecs()) {
            if (profile.equals(codec.getSDPFmtp().get("profile-level-id"))
                    || codec.getName().equals("rtx")) {
                found.add(codec);
            }
        }
        return found;
    }

    private void pushUntilEncoded(CustomVideoSource source) {
        final FramePool pool = new FramePool(false);
        final I420Frame frame = new I420Frame(64, 64);
        Session.until("encoded", () -> {
            source.pushFrame(Objects.requireNonNull(pool.copy(frame)).frame);
            return !sender.encoder().equals("none");
        });
    }

    /** The caller must not hold the observer itself. */
    private static WeakReference<Object> observe(RTCDataChannel channel) {
        final RTCDataChannelObserver observer = new QuietObserver();
        channel.registerObserver(observer);
        return new WeakReference<>(observer);
    }

    /** Until something that nobody holds is gone. */
    private static void collect() {
        final WeakReference<Object> control = new WeakReference<>(new Object());
        Session.until("garbage is collected", () -> {
            System.gc();
            return control.get() == null;
        });
    }

    private static class QuietObserver implements RTCDataChannelObserver {
        @Override
        public void onBufferedAmountChange(long previousAmount) {}

        @Override
        public void onStateChange() {}

        @Override
        public void onMessage(RTCDataChannelBuffer buffer) {}
    }
}
