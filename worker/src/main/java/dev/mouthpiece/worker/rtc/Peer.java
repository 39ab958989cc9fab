package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.PeerConnectionObserver;
import dev.onvoid.webrtc.PortAllocatorConfig;
import dev.onvoid.webrtc.RTCBundlePolicy;
import dev.onvoid.webrtc.RTCConfiguration;
import dev.onvoid.webrtc.RTCDataChannel;
import dev.onvoid.webrtc.RTCDataChannelInit;
import dev.onvoid.webrtc.RTCIceCandidate;
import dev.onvoid.webrtc.RTCIceConnectionState;
import dev.onvoid.webrtc.RTCIceGatheringState;
import dev.onvoid.webrtc.RTCIceServer;
import dev.onvoid.webrtc.RTCIceTransportPolicy;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCPeerConnectionState;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCSessionDescription;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One peer connection. Every method is called on the serial executor that it was made with; futures complete and events
 * arrive there. Offers and answers go one after the other: the next only when the one before is complete.
 */
public final class Peer implements AutoCloseable {
    private final PeerConnectionFactory factory;
    private final @Nullable Publisher publisher;
    private final Consumer<Peer> onClosed;
    private final Serial serial;
    private final PeerEvents events;
    private final PeerConfig config;
    private final RTCPeerConnection connection;
    private final Descriptions descriptions;
    private final Gathering gathering;
    private final RemoteCandidates remoteCandidates;
    private final AudioReceivers receivers;
    /** Both sides' channels; the signaling thread adds the other side's. */
    private final Queue<DataChannel> channels = new ConcurrentLinkedQueue<>();

    private @Nullable SentMedia sent;
    private boolean answered;
    private boolean closed;

    /**
     * @param publisher whose media it may send, null for a peer that receives sound
     * @param hearing takes the sound that is received; null for a peer that may send
     */
    Peer(
            PeerConnectionFactory factory,
            PeerConfig config,
            PeerEvents events,
            Executor executor,
            @Nullable Publisher publisher,
            @Nullable Hearing hearing,
            Consumer<Peer> onClosed) {
        this.factory = factory;
        this.publisher = publisher;
        this.onClosed = onClosed;
        this.events = events;
        this.config = config;
        serial = new Serial(executor);
        connection = factory.createPeerConnection(configuration(config, config.iceServers()), new Observer());
        descriptions = new Descriptions(connection, serial);
        gathering = new Gathering(serial);
        remoteCandidates = new RemoteCandidates(connection);
        receivers = new AudioReceivers(serial, events, hearing);
    }

    /**
     * Prepares to send the publisher's picture and sound, for a peer that offers. Once, before {@link #createOffer}.
     *
     * @throws RtcException if this peer has no publisher, or sends already
     */
    public void sendMedia(MediaLimits limits, VideoCodec codec) {
        requireOpen();
        sent = SentMedia.offered(requirePublisher(), factory, connection, limits, codec);
    }

    /**
     * Opens a channel for messages; the first before the first offer.
     *
     * @param ordered whether messages arrive in the order of sending
     * @param maxRetransmits how often a lost one is sent again, -1 for as often as it takes
     */
    public DataChannel openDataChannel(String label, boolean ordered, int maxRetransmits) {
        requireOpen();
        final RTCDataChannelInit init = new RTCDataChannelInit();
        init.ordered = ordered;
        init.maxRetransmits = maxRetransmits;
        final DataChannel channel = new DataChannel(connection.createDataChannel(label, init), serial);
        channels.add(channel);
        channel.observe();
        return channel;
    }

    /**
     * Makes an offer and applies it.
     *
     * @param iceRestart whether to look for a new path; media goes on over the old one meanwhile
     * @return its text
     */
    public CompletableFuture<String> createOffer(boolean iceRestart) {
        return attempt(() -> descriptions.createOffer(iceRestart).thenCompose(offer -> {
            if (iceRestart) {
                remoteCandidates.hold();
            }
            return setLocal(offer).thenApply(applied -> offer.sdp);
        }));
    }

    /** Applies the other side's answer to our offer. */
    public CompletableFuture<Void> acceptAnswer(String sdp) {
        return attempt(() -> descriptions
                .setRemote(RTCSdpType.ANSWER, withSoundPackets(withStartBitrate(Sdp.parse(sdp))))
                .thenRun(this::onRemoteDescription));
    }

    /** Takes the last offer back, as if it had not been made. */
    public CompletableFuture<Void> rollback() {
        return attempt(() -> descriptions.rollback().thenRun(() -> {
            if (connection.getRemoteDescription() != null) {
                remoteCandidates.flow();
            }
        }));
    }

    /**
     * Applies an offer and answers it. What is sent is decided by the first answer; later ones follow it.
     *
     * @return the answer's text. Fails with {@link RtcException} if the offer cannot be read, or has none of the codecs
     */
    public CompletableFuture<String> answer(String offerSdp, AnswerOptions options) {
        return attempt(() -> {
            Sdp offer = Sdp.parse(offerSdp);
            final MediaLimits limits = options.media();
            if (limits != null && sent == null) {
                final VideoCodec codec = choose(options.codecs(), offer);
                sent = SentMedia.answered(requirePublisher(), connection, limits, codec, offer);
            }
            if (sent != null) {
                offer = withStartBitrate(offer.withVideo(sent.codec()));
            }
            return answer(offer, options.candidates());
        });
    }

    /**
     * One way to reach the other side; kept until there is a description that it belongs to.
     *
     * @return false if it is none, or one too many
     */
    public boolean addRemoteCandidate(IceCandidate candidate) {
        requireOpen();
        return remoteCandidates.add(candidate);
    }

    /** Other servers, used from the next ICE restart on. */
    public void setIceServers(List<IceServer> servers) {
        requireOpen();
        connection.setConfiguration(configuration(config, servers));
    }

    /** Another ceiling for the picture, in bits per second; the encoder follows within seconds. */
    public void limitVideo(int bps) {
        requireOpen();
        if (sent != null) {
            sent.limitVideo(bps);
        }
    }

    /** How things go. */
    public CompletableFuture<PeerStats> stats() {
        return attempt(() -> descriptions.stats().thenApply(report -> new StatsReader(report.getStats()).read()));
    }

    /** Ends the connection and releases everything native. Pending futures fail. May be called again. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        final long handle = NativeObjects.handle(connection);
        final SentMedia media = sent;
        final Teardown teardown = new Teardown();
        if (media != null) {
            teardown.step(media::stop);
        }
        teardown.step(receivers::close);
        channels.forEach(channel -> teardown.step(channel::silence));
        teardown.step(connection::close);
        // Closing leaves all of these behind.
        if (media != null) {
            teardown.step(media::release);
        }
        channels.forEach(channel -> teardown.step(channel::release));
        teardown.step(() -> NativeObjects.releaseLast(handle));
        if (media != null) {
            teardown.step(media::dispose);
        }
        descriptions.close();
        gathering.close();
        onClosed.accept(this);
        teardown.finish("peer");
    }

    private CompletableFuture<String> answer(Sdp offer, CandidateWait wait) {
        if (publisher == null) {
            receivers.beforeOffer(offer);
        }
        return descriptions
                .setRemote(RTCSdpType.OFFER, offer)
                .thenCompose(applied -> {
                    onOffer(offer);
                    return descriptions.createAnswer();
                })
                .thenCompose(this::setLocal)
                .thenCompose(applied -> {
                    if (sent != null && !answered) {
                        sent.applyLimits();
                    }
                    answered = true;
                    return gathering.await(wait);
                })
                .thenApply(gathered -> localDescription());
    }

    private void onOffer(Sdp offer) {
        onRemoteDescription();
        if (sent != null) {
            sent.sendOnly();
        }
        if (publisher == null) {
            receivers.afterOffer(offer, connection);
        }
    }

    private void onRemoteDescription() {
        requireOpen();
        remoteCandidates.flow();
    }

    private CompletableFuture<Void> setLocal(RTCSessionDescription description) {
        requireOpen();
        return descriptions
                .setLocal(description)
                .thenRun(() ->
                        gathering.onLocalDescription(Sdp.parse(description.sdp).iceUser()));
    }

    private String localDescription() {
        requireOpen();
        final Sdp local = Sdp.parse(connection.getLocalDescription().sdp);
        return local.withCandidates(Candidates.announced(config.network(), local.candidates()))
                .toString();
    }

    private Sdp withStartBitrate(Sdp remote) {
        final int bps = sent == null ? 0 : sent.limits().startVideoBps();
        return bps == 0 ? remote : remote.withStartBitrate(bps / 1_000);
    }

    private Sdp withSoundPackets(Sdp answer) {
        return sent == null ? answer : answer.withSoundPackets(sent.limits().soundPacketMs());
    }

    private static VideoCodec choose(List<VideoCodec> codecs, Sdp offer) {
        for (final VideoCodec codec : codecs) {
            if (!offer.has("video") || offer.has(codec)) {
                return codec;
            }
        }
        throw new RtcException("the offer takes none of the video codecs that can be sent (" + codecs
                + "; H264 means constrained baseline, level 3.1)");
    }

    private Publisher requirePublisher() {
        if (publisher == null) {
            throw new RtcException("a listener's peer cannot send");
        }
        if (sent != null) {
            throw new RtcException("the peer sends already");
        }
        return publisher;
    }

    private void requireOpen() {
        if (closed) {
            throw new RtcException("the peer is closed");
        }
    }

    private <T> CompletableFuture<T> attempt(Supplier<CompletableFuture<T>> action) {
        try {
            requireOpen();
            return action.get();
        } catch (RtcException e) {
            return CompletableFuture.failedFuture(e);
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(new RtcException(String.valueOf(e.getMessage()), e));
        }
    }

    private static RTCConfiguration configuration(PeerConfig config, List<IceServer> servers) {
        final RTCConfiguration result = new RTCConfiguration();
        result.bundlePolicy = RTCBundlePolicy.MAX_BUNDLE;
        result.iceTransportPolicy = config.relayOnly() ? RTCIceTransportPolicy.RELAY : RTCIceTransportPolicy.ALL;
        for (final IceServer server : servers) {
            final RTCIceServer ice = new RTCIceServer();
            ice.urls = server.urls();
            ice.username = server.username();
            ice.password = server.credential();
            result.iceServers.add(ice);
        }
        final NetworkConfig network = config.network();
        result.portAllocatorConfig = new PortAllocatorConfig()
                .setDisableAdapterEnumeration(!network.adapters())
                .setDisableTcp(!network.tcp());
        result.portAllocatorConfig.minPort = network.minPort();
        result.portAllocatorConfig.maxPort = network.maxPort();
        return result;
    }

    private void post(Runnable event) {
        serial.post(() -> {
            if (!closed) {
                event.run();
            }
        });
    }

    /** Signaling thread. */
    private final class Observer implements PeerConnectionObserver {
        @Override
        public void onIceCandidate(RTCIceCandidate candidate) {
            post(() -> {
                gathering.onCandidate(candidate.sdp);
                events.onIceCandidate(new IceCandidate(candidate.sdpMid, candidate.sdpMLineIndex, candidate.sdp));
            });
        }

        @Override
        public void onIceGatheringChange(RTCIceGatheringState state) {
            if (state == RTCIceGatheringState.COMPLETE) {
                post(gathering::onComplete);
            }
        }

        @Override
        public void onConnectionChange(RTCPeerConnectionState state) {
            post(() -> {
                if (state == RTCPeerConnectionState.CONNECTED && sent != null) {
                    sent.onConnected();
                }
                events.onStateChange(PeerState.valueOf(state.name()));
            });
        }

        @Override
        public void onIceConnectionChange(RTCIceConnectionState state) {
            post(() -> events.onIceStateChange(IceState.valueOf(state.name())));
        }

        @Override
        public void onDataChannel(RTCDataChannel nativeChannel) {
            try {
                final DataChannel channel = new DataChannel(nativeChannel, serial);
                channels.add(channel);
                post(() -> events.onDataChannel(channel));
                channel.observe();
            } catch (Throwable t) {
                serial.lost(t);
            }
        }
    }
}
