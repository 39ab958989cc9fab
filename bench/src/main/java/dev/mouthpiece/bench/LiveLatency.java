package dev.mouthpiece.bench;

import com.sun.management.ThreadMXBean;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.film.SpeechReader;
import dev.mouthpiece.worker.film.SpeechSource;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.live.LiveEvents;
import dev.mouthpiece.worker.live.LiveObserver;
import dev.mouthpiece.worker.live.LiveOutput;
import dev.mouthpiece.worker.live.LiveSession;
import dev.mouthpiece.worker.live.Utterance;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * From the first byte of an utterance to its first sound, its first picture and its first moving mouth, in the process: live
 * sessions whose output is thrown away. Every session says the sample again and again, with pauses of random length between.
 *
 * <p>Prints medians, p95 and worst, what was late, and what it cost, with the machine's load beside it.
 */
public final class LiveLatency {
    private static final int PIECE_MS = 20;
    private static final int TRACK_PIECE_MS = 10;
    /** How much faster than it is spoken speech comes in, as text-to-speech gives it. */
    private static final int FASTER = 30;

    private static final short ONSET = 1_000;

    private final Histogram sound = new Histogram(3);
    private final Histogram picture = new Histogram(3);
    private final Histogram move = new Histogram(3);
    private long utterances;
    private long repeats;
    private long pictures;

    private LiveLatency() {}

    /** Arguments: PORTRAIT SPEECH [sessions [seconds [fast|track [model [lanes]]]]]. */
    public static void main(String[] args) throws InterruptedException {
        if (args.length < 2) {
            System.err.println(
                    "usage: bench/run LiveLatency PORTRAIT SPEECH [SESSIONS [SECONDS [fast|track [MODEL [LANES]]]]]");
            System.exit(2);
        }
        final int sessions = args.length > 2 ? Integer.parseInt(args[2]) : 1;
        final int seconds = args.length > 3 ? Integer.parseInt(args[3]) : 30;
        final boolean track = args.length > 4 && args[4].equals("track");
        final String model = args.length > 5 ? args[5] : "puppet";
        final int lanes = args.length > 6
                ? Integer.parseInt(args[6])
                : Runtime.getRuntime().availableProcessors();
        new LiveLatency().run(args[0], args[1], sessions, seconds, track, model, lanes);
        System.exit(0);
    }

    private void run(String portrait, String speech, int sessions, int seconds, boolean track, String model, int lanes)
            throws InterruptedException {
        final Voice voice = Voice.read(Path.of(speech));
        try (AvatarLibrary avatars = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
                LiveEngine engine = LiveEngine.start(PipelineConfig.forLive(lanes), new Observer())) {
            final var order = new AvatarLibrary.Order(
                    model,
                    portrait,
                    Optional.of(FrameSize.parse("368x560")),
                    () -> PortraitReader.read(Path.of(portrait)));
            final List<Talker> talkers = new ArrayList<>();
            final List<LiveSession> open = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                final Talker talker = new Talker(voice, track, i);
                open.add(engine.open("s" + i, avatars.borrow(order), i, new NullOutput(), talker, Runnable::run));
                talkers.add(talker);
            }
            Thread.sleep(2_000);
            final long endNs = System.nanoTime() + seconds * 1_000_000_000L;
            final long cpuNs = processCpuNs();
            final long heap = allocated();
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                final Talker talker = talkers.get(i);
                final LiveSession session = open.get(i);
                threads.add(Thread.ofPlatform().name("talker").start(() -> talker.talk(session, endNs)));
            }
            for (final Thread thread : threads) {
                thread.join();
            }
            Thread.sleep(300);
            report(open, seconds, track, model, lanes, processCpuNs() - cpuNs, allocated() - heap);
        }
    }

    private synchronized void report(
            List<LiveSession> open, int seconds, boolean track, String model, int lanes, long cpuNs, long heap) {
        long late = 0;
        long skipped = 0;
        for (final LiveSession session : open) {
            late += session.counters().get(MediaCounter.FRAMES_LATE);
            skipped += session.counters().get(MediaCounter.FRAMES_SKIPPED);
        }
        System.out.printf(
                "%d sessions, %s, %s, %d lanes, %d utterances, load %.1f%n",
                open.size(),
                model,
                track ? "speech as it is spoken" : "speech faster than it is spoken",
                lanes,
                utterances,
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        print("first sound", sound);
        print("first picture", picture);
        print("first move", move);
        System.out.printf(
                "  pictures shown %d, repeated %d (%.2f %%), late %d, skipped %d; %.0f CPU ms/s; %.0f kB/s of heap%n",
                pictures,
                repeats,
                100.0 * repeats / Math.max(1, pictures + repeats),
                late,
                skipped,
                cpuNs / 1e6 / seconds,
                heap / 1e3 / seconds);
    }

    private static void print(String what, Histogram us) {
        System.out.printf(
                "  %-14s median %6.1f  p95 %6.1f  worst %6.1f ms%n",
                what, us.getValueAtPercentile(50) / 1e3, us.getValueAtPercentile(95) / 1e3, us.getMaxValue() / 1e3);
    }

    private static long processCpuNs() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
                ? os.getProcessCpuTime()
                : 0;
    }

    private static long allocated() {
        return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
                ? threads.getTotalThreadAllocatedBytes()
                : 0;
    }

    private final class Observer implements LiveObserver {
        @Override
        public void onUtterance(LiveSession session, Utterance utterance) {
            synchronized (LiveLatency.this) {
                utterances++;
                pictures += utterance.pictures();
                repeats += utterance.repeats();
                record(sound, utterance.firstSoundNs() - utterance.firstByteNs());
                record(picture, utterance.firstPictureNs() - utterance.firstByteNs());
                record(move, utterance.firstMoveNs() - utterance.firstByteNs());
            }
        }

        private void record(Histogram histogram, long ns) {
            if (ns > 0) {
                histogram.recordValue(ns / 1_000);
            }
        }
    }

    /** The sample from its onset on. */
    private record Voice(PcmFormat format, ByteBuffer pcm) {
        static Voice read(Path file) {
            try (SpeechSource source = SpeechReader.open(file)) {
                final ByteBuffer all = ByteBuffer.allocate(64 << 20).order(ByteOrder.LITTLE_ENDIAN);
                int n = 0;
                while (n >= 0 && all.hasRemaining()) {
                    n = source.read(all);
                }
                all.flip();
                final int frameBytes = source.format().frameBytes();
                int onset = 0;
                while (Math.abs(all.getShort(onset)) < ONSET) {
                    onset += frameBytes;
                }
                return new Voice(source.format(), all.position(onset).slice());
            }
        }

        int bytes(int ms) {
            return format.sampleRateHz() * ms / 1000 * format.frameBytes();
        }
    }

    /** One who says it again and again. */
    private static final class Talker implements LiveEvents {
        private final Voice voice;
        private final boolean track;
        private final SplittableRandom random;
        private final Semaphore over = new Semaphore(0);

        Talker(Voice voice, boolean track, long seed) {
            this.voice = voice;
            this.track = track;
            this.random = new SplittableRandom(seed);
        }

        void talk(LiveSession session, long endNs) {
            while (System.nanoTime() - endNs < 0) {
                LockSupport.parkNanos(300_000_000L + random.nextInt(900) * 1_000_000L);
                say(session);
                over.acquireUninterruptibly();
            }
        }

        private void say(LiveSession session) {
            final ByteBuffer pcm = voice.pcm().duplicate();
            final int pieceMs = track ? TRACK_PIECE_MS : PIECE_MS;
            final long pieceNs = pieceMs * 1_000_000L / (track ? 1 : FASTER);
            if (!session.speech()
                    .begin(voice.format().sampleRateHz(), voice.format().channels())) {
                throw new IllegalStateException("no room");
            }
            long nextNs = System.nanoTime();
            while (pcm.hasRemaining()) {
                final int end = Math.min(pcm.capacity(), pcm.position() + voice.bytes(pieceMs));
                pcm.limit(end);
                session.speech().write(pcm);
                pcm.limit(pcm.capacity());
                nextNs += pieceNs;
                LockSupport.parkNanos(nextNs - System.nanoTime());
            }
            session.speech().end();
        }

        @Override
        public void onPlaybackStarted(long segment) {}

        @Override
        public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {
            over.release();
        }

        @Override
        public void onFailed(Throwable cause) {
            cause.printStackTrace();
            System.exit(1);
        }
    }

    private static final class NullOutput implements LiveOutput {
        @Override
        public void pushVideo(I420Frame frame, boolean repeated) {}

        @Override
        public void pushAudio(byte[] pcm) {}
    }
}
