package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.CreateSessionDescriptionObserver;
import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.PeerConnectionObserver;
import dev.onvoid.webrtc.RTCAnswerOptions;
import dev.onvoid.webrtc.RTCBundlePolicy;
import dev.onvoid.webrtc.RTCConfiguration;
import dev.onvoid.webrtc.RTCDataChannel;
import dev.onvoid.webrtc.RTCDataChannelBuffer;
import dev.onvoid.webrtc.RTCDataChannelInit;
import dev.onvoid.webrtc.RTCDataChannelObserver;
import dev.onvoid.webrtc.RTCIceCandidate;
import dev.onvoid.webrtc.RTCOfferOptions;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCPeerConnectionState;
import dev.onvoid.webrtc.RTCRtpTransceiver;
import dev.onvoid.webrtc.RTCRtpTransceiverDirection;
import dev.onvoid.webrtc.RTCRtpTransceiverInit;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCSessionDescription;
import dev.onvoid.webrtc.RTCStats;
import dev.onvoid.webrtc.RTCStatsType;
import dev.onvoid.webrtc.SetSessionDescriptionObserver;
import dev.onvoid.webrtc.media.MediaStreamTrack;
import dev.onvoid.webrtc.media.audio.AudioDeviceModuleBase;
import dev.onvoid.webrtc.media.audio.AudioTrack;
import dev.onvoid.webrtc.media.audio.AudioTrackSink;
import dev.onvoid.webrtc.media.audio.CustomAudioSource;
import dev.onvoid.webrtc.media.audio.HeadlessAudioDeviceModule;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.VideoTrack;
import dev.onvoid.webrtc.media.video.VideoTrackSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The other side: a bare webrtc-java peer that receives and counts. Driven by the test's thread. */
final class Viewer implements AutoCloseable {
    final AtomicInteger pictures = new AtomicInteger();
    final AtomicInteger sounds = new AtomicInteger();
    final ConcurrentLinkedQueue<byte[]> messages = new ConcurrentLinkedQueue<>();
    final Map<String, RTCDataChannel> channels = new ConcurrentHashMap<>();
    final List<IceCandidate> candidates = new CopyOnWriteArrayList<>();
    volatile int width;
    volatile int loudest;
    volatile RTCPeerConnectionState state = RTCPeerConnectionState.NEW;
    volatile @Nullable Consumer<IceCandidate> trickle;

    private final AudioDeviceModuleBase audioDevice;
    private final PeerConnectionFactory factory;
    private final RTCPeerConnection connection;
    private final long handle;
    private final List<RTCRtpTransceiver> owned = new ArrayList<>();
    private final List<Runnable> detach = new CopyOnWriteArrayList<>();

    /** One that can hear. */
    Viewer() {
        this(new HeadlessAudioDeviceModule());
    }

    Viewer(AudioDeviceModuleBase audioDevice) {
        this.audioDevice = audioDevice;
        factory = new PeerConnectionFactory(audioDevice);
        final RTCConfiguration configuration = new RTCConfiguration();
        configuration.bundlePolicy = RTCBundlePolicy.MAX_BUNDLE;
        connection = factory.createPeerConnection(configuration, new Observer());
        handle = NativeObjects.handle(connection);
    }

    RTCPeerConnection connection() {
        return connection;
    }

    PeerConnectionFactory factory() {
        return factory;
    }

    /** Connects two bare peers; what the first offers is changed on its way. */
    static void connect(Viewer offering, Viewer answering, UnaryOperator<String> change) {
        offering.accept(answering.answer(change.apply(offering.offer(false))));
        trickle(offering, answering);
    }

    /** Tells each the other's candidates, and waits. */
    static void trickle(Viewer one, Viewer other) {
        one.trickleTo(other);
        other.trickleTo(one);
        Session.until("connected", () -> one.isConnected() && other.isConnected());
    }

    boolean isConnected() {
        return state == RTCPeerConnectionState.CONNECTED;
    }

    private void trickleTo(Viewer other) {
        trickle = other::add;
        candidates.forEach(other::add);
    }

    String answer(String offer) {
        return answer(offer, none -> {});
    }

    /** With something done to the connection between the offer and the answer. */
    String answer(String offer, Consumer<RTCPeerConnection> between) {
        apply(RTCSdpType.OFFER, offer);
        between.accept(connection);
        final RTCSessionDescription answer =
                await(future -> connection.createAnswer(new RTCAnswerOptions(), new Created(future)));
        applyLocal(answer);
        return answer.sdp;
    }

    /** An offer to receive, in the manner of a browser. */
    String offer(boolean audio, boolean video) {
        if (audio) {
            receive(factory.createAudioTrack("unused-audio", new CustomAudioSource()));
        }
        if (video) {
            receive(factory.createVideoTrack("unused-video", new CustomVideoSource()));
        }
        return offer(false);
    }

    String offer(boolean iceRestart) {
        final RTCOfferOptions options = new RTCOfferOptions();
        options.iceRestart = iceRestart;
        final RTCSessionDescription offer = await(future -> connection.createOffer(options, new Created(future)));
        applyLocal(offer);
        return offer.sdp;
    }

    void accept(String answer) {
        apply(RTCSdpType.ANSWER, answer);
    }

    void add(IceCandidate candidate) {
        connection.addIceCandidate(
                new RTCIceCandidate(candidate.sdpMid(), candidate.sdpMLineIndex(), candidate.candidate()));
    }

    void send(String label, byte[] message) throws Exception {
        channel(label).send(new RTCDataChannelBuffer(ByteBuffer.wrap(message), true));
    }

    RTCDataChannel channel(String label) {
        return Objects.requireNonNull(channels.get(label), label);
    }

    RTCDataChannel open(String label) {
        final RTCDataChannel channel = connection.createDataChannel(label, new RTCDataChannelInit());
        observe(channel);
        return channel;
    }

    /** A number of what comes in. */
    long inbound(String kind, String attribute) {
        return number(RTCStatsType.INBOUND_RTP, kind, attribute);
    }

    /** A number of what goes out. */
    long outbound(String kind, String attribute) {
        return number(RTCStatsType.OUTBOUND_RTP, kind, attribute);
    }

    /** Such as {@code video/H264 42e01f}. */
    String codecOf(String kind) {
        final Map<String, RTCStats> all = stats();
        final RTCStats codec = all.values().stream()
                .filter(stats -> stats.getType() == RTCStatsType.INBOUND_RTP)
                .filter(stats -> kind.equals(stats.getAttributes().get("kind")))
                .map(stats -> all.get(String.valueOf(stats.getAttributes().get("codecId"))))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow();
        final String parameters = String.valueOf(codec.getAttributes().get("sdpFmtpLine"));
        final Matcher profile = Pattern.compile("profile-level-id=(\\w+)").matcher(parameters);
        return codec.getAttributes().get("mimeType") + (profile.find() ? " " + profile.group(1) : "");
    }

    /** The encoder in use for pictures. */
    String encoder() {
        return stats().values().stream()
                .map(stats -> stats.getAttributes().get("encoderImplementation"))
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .findFirst()
                .orElse("none");
    }

    private long number(RTCStatsType type, String kind, String attribute) {
        return stats().values().stream()
                .filter(stats -> stats.getType() == type)
                .map(RTCStats::getAttributes)
                .filter(attributes -> kind.equals(attributes.get("kind")))
                .mapToLong(
                        attributes -> attributes.get(attribute) instanceof final Number number ? number.longValue() : 0)
                .sum();
    }

    private Map<String, RTCStats> stats() {
        final CompletableFuture<Map<String, RTCStats>> all = new CompletableFuture<>();
        connection.getStats(report -> all.complete(report.getStats()));
        return get(all);
    }

    @Override
    public void close() {
        detach.forEach(Runnable::run);
        if (NativeObjects.handle(connection) != 0) {
            channels.values().forEach(RTCDataChannel::unregisterObserver);
            connection.close();
        }
        channels.values().forEach(channel -> NativeObjects.release(NativeObjects.handle(channel)));
        owned.forEach(wrapper -> NativeObjects.release(NativeObjects.handle(wrapper)));
        NativeObjects.release(handle);
        factory.dispose();
        audioDevice.dispose();
    }

    private void receive(MediaStreamTrack track) {
        final RTCRtpTransceiverInit init = new RTCRtpTransceiverInit();
        init.direction = RTCRtpTransceiverDirection.RECV_ONLY;
        owned.add(connection.addTransceiver(track, init));
    }

    private void apply(RTCSdpType type, String sdp) {
        Viewer.<Boolean>await(
                future -> connection.setRemoteDescription(new RTCSessionDescription(type, sdp), new Applied(future)));
    }

    private void applyLocal(RTCSessionDescription description) {
        Viewer.<Boolean>await(future -> connection.setLocalDescription(description, new Applied(future)));
    }

    private void observe(RTCDataChannel channel) {
        channels.put(channel.getLabel(), channel);
        channel.registerObserver(new RTCDataChannelObserver() {
            @Override
            public void onBufferedAmountChange(long previousAmount) {}

            @Override
            public void onStateChange() {}

            @Override
            public void onMessage(RTCDataChannelBuffer buffer) {
                final byte[] message = new byte[buffer.data.remaining()];
                buffer.data.get(message);
                messages.add(message);
            }
        });
    }

    private static <T> T await(Consumer<CompletableFuture<T>> call) {
        final CompletableFuture<T> future = new CompletableFuture<>();
        call.accept(future);
        return get(future);
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private record Created(CompletableFuture<RTCSessionDescription> future)
            implements CreateSessionDescriptionObserver {
        @Override
        public void onSuccess(RTCSessionDescription description) {
            future.complete(description);
        }

        @Override
        public void onFailure(String error) {
            future.completeExceptionally(new RtcException(error));
        }
    }

    private record Applied(CompletableFuture<Boolean> future) implements SetSessionDescriptionObserver {
        @Override
        public void onSuccess() {
            future.complete(true);
        }

        @Override
        public void onFailure(String error) {
            future.completeExceptionally(new RtcException(error));
        }
    }

    private final class Observer implements PeerConnectionObserver {
        @Override
        public void onIceCandidate(RTCIceCandidate candidate) {
            final IceCandidate told = new IceCandidate(candidate.sdpMid, candidate.sdpMLineIndex, candidate.sdp);
            candidates.add(told);
            final Consumer<IceCandidate> taker = trickle;
            if (taker != null) {
                taker.accept(told);
            }
        }

        @Override
        public void onConnectionChange(RTCPeerConnectionState newState) {
            state = newState;
        }

        @Override
        public void onDataChannel(RTCDataChannel channel) {
            observe(channel);
        }

        @Override
        public void onTrack(RTCRtpTransceiver transceiver) {
            final MediaStreamTrack track = transceiver.getReceiver().getTrack();
            if (track instanceof final VideoTrack video) {
                final VideoTrackSink sink = frame -> {
                    width = frame.buffer.getWidth();
                    pictures.incrementAndGet();
                    frame.release();
                };
                video.addSink(sink);
                detach.add(() -> video.removeSink(sink));
            } else if (track instanceof final AudioTrack audio) {
                final AudioTrackSink sink = (data, bits, rate, channels, frames) -> {
                    sounds.incrementAndGet();
                    loudest = Math.max(loudest, Sounds.peak(data));
                };
                audio.addSink(sink);
                detach.add(() -> audio.removeSink(sink));
            }
        }
    }
}
