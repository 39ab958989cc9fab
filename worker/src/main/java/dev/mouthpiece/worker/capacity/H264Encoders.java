package dev.mouthpiece.worker.capacity;

import dev.mouthpiece.worker.rtc.AnswerOptions;
import dev.mouthpiece.worker.rtc.CandidateWait;
import dev.mouthpiece.worker.rtc.Listener;
import dev.mouthpiece.worker.rtc.MediaLimits;
import dev.mouthpiece.worker.rtc.Peer;
import dev.mouthpiece.worker.rtc.PeerConfig;
import dev.mouthpiece.worker.rtc.PeerEvents;
import dev.mouthpiece.worker.rtc.PeerState;
import dev.mouthpiece.worker.rtc.PeerStats;
import dev.mouthpiece.worker.rtc.Publisher;
import dev.mouthpiece.worker.rtc.PublisherConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The encoders of live rooms: a publisher for each session, as a room has it, which sends H.264 and Opus over the loopback to a peer
 * that takes the packets and does not decode them. Made and closed by one thread; each publisher is the pacer's.
 */
final class H264Encoders implements AutoCloseable {
    private static final long CONNECT_S = 60;

    private final ExecutorService serial = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("capacity-rtc").daemon().factory());
    private final List<Publisher> publishers = new ArrayList<>();
    private final List<Peer> senders = new ArrayList<>();
    private final Listener listener;

    /**
     * What all of them have done so far.
     *
     * @param pushed pictures given to the encoders
     * @param encoded pictures that came out
     * @param encodeNs time spent in encoders
     */
    record Totals(long pushed, long encoded, long encodeNs) {}

    /**
     * Connects so many. Blocks for about 50 ms each.
     *
     * @throws IllegalStateException if they do not find each other
     */
    H264Encoders(Rtc rtc, int count, int fps) {
        listener = await(CompletableFuture.supplyAsync(rtc::newListener, serial));
        final List<CompletableFuture<Void>> connected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final CompletableFuture<Void> each = new CompletableFuture<>();
            connected.add(each);
            serial.execute(() -> connect(rtc, fps, each));
        }
        try {
            connected.forEach(H264Encoders::await);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** On the serial thread. */
    private void connect(Rtc rtc, int fps, CompletableFuture<Void> connected) {
        final Publisher publisher = rtc.newPublisher(new PublisherConfig("capacity", "sound", "picture"));
        publishers.add(publisher);
        final PeerEvents events = new PeerEvents() {
            @Override
            public void onStateChange(PeerState state) {
                if (state == PeerState.CONNECTED) {
                    connected.complete(null);
                }
            }
        };
        final Peer from = publisher.newPeer(PeerConfig.DEFAULT, events, serial);
        senders.add(from);
        final Peer to = listener.newPeer(PeerConfig.DEFAULT, new PeerEvents() {}, serial);
        from.sendMedia(new MediaLimits(1_500_000, MediaLimits.VOICE_BPS, 900_000, fps), VideoCodec.H264);
        from.createOffer(false)
                .thenCompose(offer -> {
                    final UnreadVideo unread = UnreadVideo.of(offer);
                    return to.answer(unread.hide(offer), new AnswerOptions(null, List.of(), CandidateWait.FIRST))
                            .thenApply(unread::show);
                })
                .thenCompose(from::acceptAnswer)
                .exceptionally(failure -> {
                    connected.completeExceptionally(failure);
                    return null;
                });
    }

    /** Where a session's pictures and sound go. */
    Publisher publisher(int index) {
        return publishers.get(index);
    }

    /** Asks all of them; blocks for a moment. */
    Totals totals() {
        final List<PeerStats> all = senders.stream()
                .map(sender -> CompletableFuture.completedFuture(sender).thenComposeAsync(Peer::stats, serial))
                .toList()
                .stream()
                .map(H264Encoders::await)
                .toList();
        long pushed = 0;
        long encoded = 0;
        double encodeMs = 0;
        for (final PeerStats stats : all) {
            final PeerStats.SentVideo video = Objects.requireNonNull(stats.video(), "a sender has video");
            pushed += video.framesPushed();
            encoded += video.framesEncoded();
            encodeMs += video.encodeMs();
        }
        return new Totals(pushed, encoded, (long) (encodeMs * 1e6));
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(CONNECT_S, TimeUnit.SECONDS).join();
    }

    /** No push may be under way. */
    @Override
    public void close() {
        await(CompletableFuture.runAsync(
                () -> {
                    publishers.forEach(Publisher::close);
                    listener.close();
                },
                serial));
        serial.shutdown();
    }
}
