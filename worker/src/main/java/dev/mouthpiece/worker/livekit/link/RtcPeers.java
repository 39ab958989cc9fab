package dev.mouthpiece.worker.livekit.link;

import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.rtc.AnswerOptions;
import dev.mouthpiece.worker.rtc.AudioReceiver;
import dev.mouthpiece.worker.rtc.DataChannel;
import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.Listener;
import dev.mouthpiece.worker.rtc.MediaLimits;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.PcmSink;
import dev.mouthpiece.worker.rtc.Peer;
import dev.mouthpiece.worker.rtc.PeerConfig;
import dev.mouthpiece.worker.rtc.PeerEvents;
import dev.mouthpiece.worker.rtc.PeerState;
import dev.mouthpiece.worker.rtc.Publisher;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Peer connections of the room {@code rtc}. */
public final class RtcPeers implements LinkPeers {
    private final Serial serial;
    private final Publisher publisher;
    private final @Nullable Listener listener;
    private final MediaLimits limits;
    private final NetworkConfig network;
    private @Nullable Peer publishing;

    /**
     * Neither publisher nor listener is closed here.
     *
     * @param listener receives sound; null where none is wanted
     */
    public RtcPeers(
            Serial serial,
            Publisher publisher,
            @Nullable Listener listener,
            MediaLimits limits,
            NetworkConfig network) {
        this.serial = serial;
        this.publisher = publisher;
        this.listener = listener;
        this.limits = limits;
        this.network = network;
    }

    /** The connection that publishes now, or null; for its statistics and its limits. */
    public @Nullable Peer publishing() {
        return publishing;
    }

    @Override
    public LinkPeer publishing(Route route, VideoCodec codec, Events events) {
        final Peer peer = publisher.newPeer(config(route), new Adapter(events), serial);
        peer.sendMedia(limits, codec);
        publishing = peer;
        return new RtcPeer(peer);
    }

    @Override
    public LinkPeer subscribing(Route route, Events events) {
        final var adapter = new Adapter(events);
        return new RtcPeer(
                listener == null
                        ? publisher.newPeer(config(route), adapter, serial)
                        : listener.newPeer(config(route), adapter, serial));
    }

    private PeerConfig config(Route route) {
        return new PeerConfig(route.iceServers(), route.relayOnly(), network);
    }

    private record RtcPeer(Peer peer) implements LinkPeer {
        @Override
        public LinkChannel openChannel(String label, boolean ordered, int maxRetransmits) {
            return new RtcChannel(peer.openDataChannel(label, ordered, maxRetransmits));
        }

        @Override
        public CompletableFuture<String> createOffer(boolean iceRestart) {
            return peer.createOffer(iceRestart);
        }

        @Override
        public CompletableFuture<Void> acceptAnswer(String sdp) {
            return peer.acceptAnswer(sdp);
        }

        @Override
        public CompletableFuture<String> answer(String offer) {
            return peer.answer(offer, AnswerOptions.receive());
        }

        @Override
        public void addRemoteCandidate(IceCandidate candidate) {
            peer.addRemoteCandidate(candidate);
        }

        @Override
        public void setIceServers(List<IceServer> servers) {
            peer.setIceServers(servers);
        }

        @Override
        public void close() {
            peer.close();
        }
    }

    private record RtcChannel(DataChannel channel) implements LinkChannel {
        @Override
        public String label() {
            return channel.label();
        }

        @Override
        public int id() {
            return channel.id();
        }

        @Override
        public boolean send(byte[] message) {
            return channel.send(message);
        }

        @Override
        public void listen(LinkChannel.Listener listener) {
            channel.listen(new DataChannel.Listener() {
                @Override
                public void onMessage(byte[] message) {
                    listener.onMessage(message);
                }

                @Override
                public void onStateChange(DataChannel.State state) {
                    if (state == DataChannel.State.CLOSED) {
                        listener.onClosed();
                    }
                }
            });
        }
    }

    private record RtcAudio(AudioReceiver receiver) implements IncomingAudio {
        private static final String PREFIX = "TR_";

        @Override
        public String trackSid() {
            if (receiver.trackId().startsWith(PREFIX)) {
                return receiver.trackId();
            }
            final String stream = receiver.streamId();
            return stream.substring(stream.indexOf('|') + 1);
        }

        @Override
        public void listen(@Nullable PcmSink sink) {
            receiver.listen(sink);
        }
    }

    private static final class Adapter implements PeerEvents {
        private final Events events;
        private final Map<AudioReceiver, IncomingAudio> heard = new HashMap<>();

        Adapter(Events events) {
            this.events = events;
        }

        @Override
        public void onIceCandidate(IceCandidate candidate) {
            events.onIceCandidate(candidate);
        }

        @Override
        public void onStateChange(PeerState state) {
            events.onState(state);
        }

        @Override
        public void onDataChannel(DataChannel channel) {
            events.onChannel(new RtcChannel(channel));
        }

        @Override
        public void onAudioTrack(AudioReceiver track) {
            final var audio = new RtcAudio(track);
            heard.put(track, audio);
            events.onAudio(audio);
        }

        @Override
        public void onAudioTrackEnded(AudioReceiver track) {
            final IncomingAudio audio = heard.remove(track);
            if (audio != null) {
                events.onAudioEnded(audio);
            }
        }
    }
}
