package dev.mouthpiece.worker.rtc;

import dev.mouthpiece.device.I420Frame;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** One publisher and one listener that agree with each other and are closed: classes, threads and codecs are ready afterwards. */
final class WarmUp {
    private static final long BOUND_S = 10;

    private final Rtc rtc;
    private final ExecutorService serial = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("rtc-warm-up").daemon().factory());

    WarmUp(Rtc rtc) {
        this.rtc = rtc;
    }

    void run() {
        final Publisher publisher = rtc.newPublisher(new PublisherConfig("warm-up", "sound", "picture"));
        final Listener listener = rtc.newListener();
        try {
            CompletableFuture.completedFuture(publisher)
                    .thenComposeAsync(from -> agree(from, listener), serial)
                    .orTimeout(BOUND_S, TimeUnit.SECONDS)
                    .join();
            publisher.pushVideo(new I420Frame(16, 16));
            publisher.pushAudio(new byte[Publisher.PCM_BYTES]);
        } finally {
            serial.execute(publisher::close);
            serial.execute(listener::close);
            serial.close();
        }
    }

    private CompletableFuture<PeerStats> agree(Publisher publisher, Listener listener) {
        final PeerEvents events = new PeerEvents() {};
        final Peer sending = publisher.newPeer(PeerConfig.DEFAULT, events, serial);
        final Peer hearing = listener.newPeer(PeerConfig.DEFAULT, events, serial);
        sending.sendMedia(new MediaLimits(1_000_000, MediaLimits.VOICE_BPS, 0, 25), VideoCodec.H264);
        sending.openDataChannel("warm-up", true, -1);
        return sending.createOffer(false)
                .thenCompose(offer -> hearing.answer(offer, AnswerOptions.receive()))
                .thenCompose(sending::acceptAnswer)
                .thenCompose(done -> sending.stats());
    }
}
