package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCRtpCodecCapability;
import dev.onvoid.webrtc.RTCRtpEncodingParameters;
import dev.onvoid.webrtc.RTCRtpSendParameters;
import dev.onvoid.webrtc.RTCRtpSender;
import dev.onvoid.webrtc.RTCRtpTransceiver;
import dev.onvoid.webrtc.RTCRtpTransceiverDirection;
import dev.onvoid.webrtc.RTCRtpTransceiverInit;
import dev.onvoid.webrtc.internal.NativeObject;
import dev.onvoid.webrtc.media.MediaStreamTrack;
import dev.onvoid.webrtc.media.MediaType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What one peer sends of its publisher's picture and sound. Owned by the serial executor. */
final class SentMedia {
    private final Publisher publisher;
    private final RTCPeerConnection connection;
    private final VideoCodec codec;
    private final MediaLimits limits;
    private final AudioLane lane;
    private final List<NativeObject> owned = new ArrayList<>();
    private @Nullable RTCRtpSender video;
    private @Nullable RTCRtpSender audio;

    private SentMedia(Publisher publisher, RTCPeerConnection connection, MediaLimits limits, VideoCodec codec) {
        this.publisher = publisher;
        this.connection = connection;
        this.limits = limits;
        this.codec = codec;
        this.lane = publisher.newLane();
    }

    /** For a peer that will offer. */
    static SentMedia offered(
            Publisher publisher,
            PeerConnectionFactory factory,
            RTCPeerConnection connection,
            MediaLimits limits,
            VideoCodec codec) {
        final SentMedia media = new SentMedia(publisher, connection, limits, codec);
        final RTCRtpTransceiver audio = media.addTransceiver(media.lane.track(), media.audioEncoding());
        final RTCRtpTransceiver video = media.addTransceiver(publisher.videoTrack(), media.videoEncoding());
        video.setCodecPreferences(preferences(factory, codec));
        media.audio = audio.getSender();
        media.video = video.getSender();
        publisher.start(media.lane);
        return media;
    }

    /**
     * For a peer that answers: before the offer is applied. Only tracks added so are bound to the offer's sections; transceivers would
     * stand beside them and send nothing.
     */
    static SentMedia answered(
            Publisher publisher, RTCPeerConnection connection, MediaLimits limits, VideoCodec codec, Sdp offer) {
        final SentMedia media = new SentMedia(publisher, connection, limits, codec);
        if (offer.has("audio")) {
            media.audio = media.addTrack(media.lane.track());
        }
        if (offer.has("video")) {
            media.video = media.addTrack(publisher.videoTrack());
        }
        publisher.start(media.lane);
        return media;
    }

    VideoCodec codec() {
        return codec;
    }

    MediaLimits limits() {
        return limits;
    }

    void onConnected() {
        lane.onConnected();
    }

    /** For a peer that answers: once the offer is applied, nothing is to be received in its sections. */
    void sendOnly() {
        for (final RTCRtpTransceiver transceiver : connection.getTransceivers()) {
            final boolean ours = transceiver.getSender().getTrack() != null;
            transceiver.setDirection(ours ? RTCRtpTransceiverDirection.SEND_ONLY : RTCRtpTransceiverDirection.INACTIVE);
        }
    }

    /** For a peer that answers: once the answer is applied. */
    void applyLimits() {
        limit(video, limits.maxVideoBps());
        limit(audio, limits.maxAudioBps());
    }

    void limitVideo(int bps) {
        limit(video, bps);
    }

    /** Before the peer connection is closed: at the return no sound is pushed to it. */
    void stop() {
        publisher.stop(lane);
    }

    /** After it is closed. */
    void release() {
        for (final NativeObject wrapper : owned) {
            NativeObjects.release(NativeObjects.handle(wrapper));
        }
        owned.clear();
    }

    /** After the connection itself is released. */
    void dispose() {
        lane.dispose();
    }

    private RTCRtpTransceiver addTransceiver(MediaStreamTrack track, RTCRtpEncodingParameters encoding) {
        final RTCRtpTransceiverInit init = new RTCRtpTransceiverInit();
        init.direction = RTCRtpTransceiverDirection.SEND_ONLY;
        init.streamIds = List.of(publisher.config().streamId());
        init.sendEncodings = List.of(encoding);
        final RTCRtpTransceiver transceiver = connection.addTransceiver(track, init);
        owned.add(transceiver);
        return transceiver;
    }

    private RTCRtpSender addTrack(MediaStreamTrack track) {
        final RTCRtpSender sender =
                connection.addTrack(track, List.of(publisher.config().streamId()));
        owned.add(sender);
        return sender;
    }

    private RTCRtpEncodingParameters audioEncoding() {
        final RTCRtpEncodingParameters encoding = new RTCRtpEncodingParameters();
        encoding.maxBitrate = limits.maxAudioBps();
        return encoding;
    }

    private RTCRtpEncodingParameters videoEncoding() {
        final RTCRtpEncodingParameters encoding = new RTCRtpEncodingParameters();
        encoding.maxBitrate = limits.maxVideoBps();
        encoding.maxFramerate = (double) limits.fps();
        return encoding;
    }

    private static void limit(@Nullable RTCRtpSender sender, int bps) {
        if (sender == null) {
            return;
        }
        final RTCRtpSendParameters parameters = sender.getParameters();
        if (!parameters.encodings.isEmpty()) {
            parameters.encodings.getFirst().maxBitrate = bps;
            sender.setParameters(parameters);
        }
    }

    /** The codec in the ways we send it, and its retransmissions. */
    private static List<RTCRtpCodecCapability> preferences(PeerConnectionFactory factory, VideoCodec codec) {
        final List<RTCRtpCodecCapability> known =
                factory.getRtpSenderCapabilities(MediaType.VIDEO).getCodecs();
        final List<RTCRtpCodecCapability> preferred = new ArrayList<>();
        for (final String mode : List.of("1", "0")) {
            for (final RTCRtpCodecCapability capability : known) {
                if (codec == VideoCodec.H264 && isConstrainedBaseline(capability, mode)) {
                    preferred.add(capability);
                }
            }
        }
        for (final RTCRtpCodecCapability capability : known) {
            final String name = capability.getName().toUpperCase(Locale.ROOT);
            if (name.equals("RTX") || (codec == VideoCodec.VP8 && name.equals("VP8"))) {
                preferred.add(capability);
            }
        }
        return preferred;
    }

    private static boolean isConstrainedBaseline(RTCRtpCodecCapability capability, String packetizationMode) {
        return capability.getName().equalsIgnoreCase("H264")
                && "42e01f".equals(capability.getSDPFmtp().get("profile-level-id"))
                && packetizationMode.equals(capability.getSDPFmtp().get("packetization-mode"));
    }
}
