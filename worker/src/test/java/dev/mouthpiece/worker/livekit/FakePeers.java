package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.link.IncomingAudio;
import dev.mouthpiece.worker.livekit.link.LinkChannel;
import dev.mouthpiece.worker.livekit.link.LinkPeer;
import dev.mouthpiece.worker.livekit.link.LinkPeers;
import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.PcmSink;
import dev.mouthpiece.worker.rtc.RtcException;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Peer connections that do nothing by themselves. */
final class FakePeers implements LinkPeers {
    final List<Peer> publishing = new ArrayList<>();
    final List<Peer> subscribing = new ArrayList<>();
    boolean broken;

    @Override
    public LinkPeer publishing(Route route, VideoCodec codec, Events events) {
        return make(publishing, route, codec, events);
    }

    @Override
    public LinkPeer subscribing(Route route, Events events) {
        return make(subscribing, route, null, events);
    }

    private Peer make(List<Peer> to, Route route, @Nullable VideoCodec codec, Events events) {
        if (broken) {
            throw new RtcException("the test broke it");
        }
        final var peer = new Peer(route, codec, events);
        to.add(peer);
        return peer;
    }

    Peer publisher() {
        return publishing.getLast();
    }

    Peer subscriber() {
        return subscribing.getLast();
    }

    List<Peer> open() {
        final var all = new ArrayList<>(publishing);
        all.addAll(subscribing);
        all.removeIf(peer -> peer.closed);
        return all;
    }

    /** One of them; offers and answers complete at once unless the test holds them back. */
    static final class Peer implements LinkPeer {
        final Route route;
        final @Nullable VideoCodec codec;
        final Events events;
        final List<Channel> channels = new ArrayList<>();
        final List<String> log = new ArrayList<>();
        final List<IceCandidate> candidates = new ArrayList<>();
        List<IceServer> iceServers;

        @Nullable
        CompletableFuture<String> held;

        boolean failing;
        boolean closed;
        private int offers;

        Peer(Route route, @Nullable VideoCodec codec, Events events) {
            this.route = route;
            this.codec = codec;
            this.events = events;
            iceServers = route.iceServers();
        }

        @Override
        public LinkChannel openChannel(String label, boolean ordered, int maxRetransmits) {
            final var channel = new Channel(label, channels.size());
            channels.add(channel);
            return channel;
        }

        @Override
        public CompletableFuture<String> createOffer(boolean iceRestart) {
            log.add(iceRestart ? "restart" : "offer");
            return held != null ? held : done("offer " + ++offers);
        }

        @Override
        @SuppressWarnings("NullAway") // Void has no other value.
        public CompletableFuture<Void> acceptAnswer(String sdp) {
            log.add("accept " + sdp);
            return failing ? failed() : CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<String> answer(String offer) {
            log.add("answer " + offer);
            return held != null ? held : done("answer to " + offer);
        }

        @Override
        public void addRemoteCandidate(IceCandidate candidate) {
            candidates.add(candidate);
        }

        @Override
        public void setIceServers(List<IceServer> servers) {
            iceServers = servers;
        }

        @Override
        public void close() {
            closed = true;
        }

        private CompletableFuture<String> done(String text) {
            return failing ? failed() : CompletableFuture.completedFuture(text);
        }

        private static <T> CompletableFuture<T> failed() {
            return CompletableFuture.failedFuture(new RtcException("the test broke it"));
        }
    }

    /** A channel. */
    static final class Channel implements LinkChannel {
        private final String label;
        private final int id;
        final List<byte[]> sent = new ArrayList<>();
        boolean full;
        LinkChannel.@Nullable Listener listener;

        Channel(String label, int id) {
            this.label = label;
            this.id = id;
        }

        @Override
        public String label() {
            return label;
        }

        @Override
        public int id() {
            return id;
        }

        @Override
        public boolean send(byte[] message) {
            if (!full) {
                sent.add(message);
            }
            return !full;
        }

        @Override
        public void listen(Listener newListener) {
            listener = newListener;
        }

        void receive(byte[] message) {
            if (listener != null) {
                listener.onMessage(message);
            }
        }

        void closedByServer() {
            if (listener != null) {
                listener.onClosed();
            }
        }
    }

    /** A track of sound. */
    static final class Audio implements IncomingAudio {
        private final String sid;

        @Nullable
        PcmSink sink;

        Audio(String sid) {
            this.sid = sid;
        }

        @Override
        public String trackSid() {
            return sid;
        }

        @Override
        public void listen(@Nullable PcmSink newSink) {
            sink = newSink;
        }
    }
}
