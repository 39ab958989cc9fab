package dev.mouthpiece.bench;

import com.sun.management.ThreadMXBean;
import dev.mouthpiece.device.I420Frame;
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
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What the pacer's thread pays for handing pictures and sound to WebRTC, at their real pace, with peers that encode them.
 * Allocation and CPU time are those of that thread alone; what reading the two costs is measured and taken off.
 */
public final class RtcPush {
    private static final int WIDTH = 368;
    private static final int HEIGHT = 560;
    private static final int WARM_UP_TICKS = 500;
    private static final long TICK_NS = 10_000_000L;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private RtcPush() {}

    /** Arguments: [SECONDS [PEERS]]. */
    public static void main(String[] args) throws InterruptedException {
        final int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        final int peers = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        final ExecutorService serial = Executors.newSingleThreadExecutor();
        final Rtc rtc = Rtc.load();
        final Publisher publisher = rtc.newPublisher(new PublisherConfig("bench", "sound", "picture"));
        final Listener listener = rtc.newListener();
        final List<Peer> sending = new ArrayList<>();
        for (int i = 0; i < peers; i++) {
            sending.add(connect(publisher, listener, serial));
        }

        final Cost video = new Cost();
        final Cost audio = new Cost();
        push(publisher, WARM_UP_TICKS, new Cost(), new Cost());
        push(publisher, seconds * 100, video, audio);

        System.out.printf("%d peers, %d s%n", peers, seconds);
        System.out.printf("pushVideo %s%n", video);
        System.out.printf("pushAudio %s%n", audio);
        for (final Peer peer : sending) {
            final PeerStats stats = CompletableFuture.completedFuture(peer)
                    .thenComposeAsync(Peer::stats, serial)
                    .join();
            System.out.println(stats.video());
        }
        serial.execute(publisher::close);
        serial.execute(listener::close);
        serial.shutdown();
        if (!serial.awaitTermination(20, TimeUnit.SECONDS)) {
            System.err.println("the sessions do not close");
        }
    }

    private static Peer connect(Publisher publisher, Listener listener, ExecutorService serial) {
        final CompletableFuture<Void> connected = new CompletableFuture<>();
        final PeerEvents events = new PeerEvents() {
            @Override
            public void onStateChange(PeerState state) {
                if (state == PeerState.CONNECTED) {
                    connected.complete(null);
                }
            }
        };
        final Peer from = CompletableFuture.supplyAsync(
                        () -> publisher.newPeer(PeerConfig.DEFAULT, events, serial), serial)
                .join();
        final Peer to = CompletableFuture.supplyAsync(
                        () -> listener.newPeer(PeerConfig.DEFAULT, new PeerEvents() {}, serial), serial)
                .join();
        CompletableFuture.completedFuture(from)
                .thenComposeAsync(
                        peer -> {
                            peer.sendMedia(new MediaLimits(1_000_000, 48_000, 900_000, 25), VideoCodec.H264);
                            return peer.createOffer(false);
                        },
                        serial)
                .thenCompose(offer -> to.answer(offer, new AnswerOptions(null, List.of(), CandidateWait.FIRST)))
                .thenCompose(from::acceptAnswer)
                .thenCompose(accepted -> connected)
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        return from;
    }

    private static void push(Publisher publisher, int ticks, Cost video, Cost audio) {
        final I420Frame frame = new I420Frame(WIDTH, HEIGHT);
        final byte[] pcm = new byte[Publisher.PCM_BYTES];
        final long startNs = System.nanoTime();
        for (int tick = 0; tick < ticks; tick++) {
            final long dueNs = startNs + tick * TICK_NS;
            while (dueNs - System.nanoTime() > 0) {
                LockSupport.parkNanos(dueNs - System.nanoTime());
            }
            audio.begin();
            publisher.pushAudio(pcm);
            audio.end();
            if (tick % 4 == 0) {
                paint(frame, tick / 4);
                video.begin();
                publisher.pushVideo(frame);
                video.end();
            }
        }
    }

    private static void paint(I420Frame frame, int number) {
        for (int i = 0; i < frame.lumaBytes(); i++) {
            final int x = i % WIDTH + 2 * number;
            final int y = i / WIDTH + number;
            frame.data().put(i, (byte) (64 + ((x ^ y) & 127)));
        }
    }

    /** Sums over many calls. */
    private static final class Cost {
        private long count;
        private long cpuNs;
        private long bytes;
        private long beganCpuNs;
        private long beganBytes;

        void begin() {
            // Twice, so that what the reading itself costs is the same on both sides, and known.
            final long cpu = THREADS.getCurrentThreadCpuTime();
            final long allocated = THREADS.getCurrentThreadAllocatedBytes();
            beganBytes = THREADS.getCurrentThreadAllocatedBytes();
            beganCpuNs = THREADS.getCurrentThreadCpuTime();
            bytes -= beganBytes - allocated;
            cpuNs -= beganCpuNs - cpu;
        }

        void end() {
            cpuNs += THREADS.getCurrentThreadCpuTime() - beganCpuNs;
            bytes += THREADS.getCurrentThreadAllocatedBytes() - beganBytes;
            count++;
        }

        @Override
        public String toString() {
            return "%.1f us of CPU, %.1f B of heap".formatted(cpuNs / 1e3 / count, bytes / (double) count);
        }
    }
}
