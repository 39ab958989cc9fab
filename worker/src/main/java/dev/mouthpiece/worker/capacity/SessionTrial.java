package dev.mouthpiece.worker.capacity;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceMeters;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.worker.capacity.CapacityCurve.Trial;
import dev.mouthpiece.worker.media.MediaSession;
import dev.mouthpiece.worker.media.Pipeline;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.SessionConfig;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.media.frame.BatchMeters.Meter;
import dev.mouthpiece.worker.rtc.Rtc;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A number of sessions that all speak, in the real path and in real time: speech comes at its own pace, pictures are thrown
 * away when they are due. Cadence holds where every session shows its own picture in nearly every frame time.
 */
final class SessionTrial {
    /** A frame time in so many may be without its picture: one in eight seconds of a session. */
    static final double MISSED_ALLOWED = 0.005;

    /** Of the pictures that were given to encoders, so many may be left out: to keep the bit rate, they leave out some too. */
    private static final double UNENCODED_ALLOWED = 0.02;

    private static final int RATE_HZ = 24_000;
    private static final long WARM_NS = 1_000_000_000L;
    /** Speech arrives in pieces of 20 ms, this far ahead of its sound. */
    private static final long AHEAD_NS = 400_000_000L;

    private static final long PIECE_NS = 20_000_000L;

    private final Device device;
    private final LipSyncModel model;
    private final int patchSize;
    private final AvatarFrame avatar;
    private final PipelineConfig config;
    private final @Nullable Rtc rtc;

    /** @param rtc encodes what the sessions show; null where pictures are thrown away */
    SessionTrial(
            Device device,
            LipSyncModel model,
            int patchSize,
            AvatarFrame avatar,
            PipelineConfig config,
            @Nullable Rtc rtc) {
        this.rtc = rtc;
        this.device = device;
        this.model = model;
        this.patchSize = patchSize;
        this.avatar = avatar;
        this.config = config;
    }

    /** Runs it; blocks for {@code seconds} and two more. */
    Trial run(int count, double seconds) {
        if (rtc == null) {
            return run(count, seconds, null);
        }
        try (H264Encoders encoders =
                new H264Encoders(rtc, count, model.manifest().fps())) {
            return run(count, seconds, encoders);
        }
    }

    private Trial run(int count, double seconds, @Nullable H264Encoders encoders) {
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        try (Pipeline pipeline = new Pipeline(config, device, System::nanoTime)) {
            pipeline.prepare(model, patchSize, avatar.slot());
            pipeline.startLanes(e -> failure.compareAndSet(null, e));
            final List<TrialSink> sinks = new ArrayList<>();
            final List<MediaSession> sessions = new ArrayList<>();
            final long startNs = System.nanoTime() + 50_000_000L;
            final long frameNs = 1_000_000_000L / model.manifest().fps();
            for (int i = 0; i < count; i++) {
                final TrialSink sink = new TrialSink(failure, encoders == null ? null : encoders.publisher(i));
                sinks.add(sink);
                sessions.add(pipeline.open(
                        // Spread over the frame time, as those of strangers are.
                        new SessionConfig(model, patchSize, List.of(avatar), i, true, startNs + i * frameNs / count),
                        sink));
            }
            final Thread deviceThread = loop("capacity-device", pipeline::stepDevice);
            final Thread pacerThread = loop("capacity-pacer", pipeline::stepPacer);
            try {
                final Speaker speaker = new Speaker(sessions, startNs);
                speaker.until(startNs + WARM_NS);
                final Snapshot before = new Snapshot(pipeline, device.meters(), sinks, encoders);
                speaker.until(startNs + WARM_NS + (long) (seconds * 1e9));
                final Snapshot after = new Snapshot(pipeline, device.meters(), sinks, encoders);
                return result(count, before, after, failure);
            } finally {
                close(pipeline, sessions);
                stop(deviceThread);
                stop(pacerThread);
            }
        }
    }

    private Trial result(int count, Snapshot before, Snapshot after, AtomicReference<@Nullable Throwable> failure) {
        final Throwable cause = failure.get();
        if (cause instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (cause != null) {
            throw new IllegalStateException(cause);
        }
        final double wallNs = after.atNs - before.atNs;
        final double expected = wallNs / 1e9 * model.manifest().fps() * count;
        final double missed = Math.max(0, 1 - (after.shown - before.shown) / expected);
        final double batches = Math.max(1, after.batches - before.batches);
        final Map<DeviceStage, Double> stages = new EnumMap<>(DeviceStage.class);
        for (final DeviceStage stage : DeviceStage.values()) {
            final int at = stage.ordinal();
            stages.put(stage, (after.stageNs[at] - before.stageNs[at]) / wallNs / config.lanes());
        }
        final double encoded = after.encoded.encoded() - before.encoded.encoded();
        final double pushed = after.encoded.pushed() - before.encoded.pushed();
        final double unencoded = pushed == 0 ? 0 : Math.max(0, 1 - encoded / pushed);
        return new Trial(
                count,
                missed <= MISSED_ALLOWED + 1.0 / expected * count && unencoded <= UNENCODED_ALLOWED,
                missed,
                (after.workNs - before.workNs) / wallNs / config.lanes(),
                stages,
                (after.cpuNs - before.cpuNs) / wallNs,
                (after.rows - before.rows) / batches,
                unencoded,
                (after.encoded.encodeNs() - before.encoded.encodeNs()) / wallNs);
    }

    private static Thread loop(String name, Turn turn) {
        return Thread.ofPlatform().name(name).daemon().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                if (turn.step(System.nanoTime()) == 0) {
                    LockSupport.parkNanos(200_000);
                }
            }
        });
    }

    private interface Turn {
        int step(long nowNs);
    }

    private static void close(Pipeline pipeline, List<MediaSession> sessions) {
        final CountDownLatch closed = new CountDownLatch(sessions.size());
        sessions.forEach(session -> pipeline.close(session, closed::countDown));
        try {
            if (!closed.await(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("sessions do not close");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void stop(Thread thread) {
        thread.interrupt();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where the counters stand. */
    private static final class Snapshot {
        final long atNs = System.nanoTime();
        final long shown;
        final long workNs;
        final long batches;
        final long rows;
        final long cpuNs;
        final long[] stageNs = new long[DeviceStage.values().length];
        final H264Encoders.Totals encoded;

        Snapshot(Pipeline pipeline, DeviceMeters meters, List<TrialSink> sinks, @Nullable H264Encoders encoders) {
            encoded = encoders == null ? new H264Encoders.Totals(0, 0, 0) : encoders.totals();
            for (final DeviceStage stage : DeviceStage.values()) {
                stageNs[stage.ordinal()] = meters.ns(stage);
            }
            shown = sinks.stream().mapToLong(sink -> sink.shown()).sum();
            workNs = pipeline.batchMeters().get(Meter.WORK_NS);
            batches = pipeline.batchMeters().get(Meter.RENDER_BATCHES);
            rows = pipeline.batchMeters().get(Meter.RENDER_ROWS);
            cpuNs = ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
                    ? os.getProcessCpuTime()
                    : 0;
        }
    }

    /** Gives every session speech, at speech's own pace. */
    private static final class Speaker {
        private final List<MediaSession> sessions;
        private final long startNs;
        private final ByteBuffer piece =
                ByteBuffer.allocateDirect(RATE_HZ / 50 * 2).order(ByteOrder.LITTLE_ENDIAN);
        private long written;

        Speaker(List<MediaSession> sessions, long startNs) {
            this.sessions = sessions;
            this.startNs = startNs;
            sessions.forEach(session -> session.audio().start(new PcmFormat(RATE_HZ, 1)));
        }

        void until(long endNs) {
            while (System.nanoTime() - endNs < 0) {
                while (startNs + written * PIECE_NS - System.nanoTime() < AHEAD_NS) {
                    fill();
                    for (final MediaSession session : sessions) {
                        piece.rewind();
                        session.audio().write(piece);
                    }
                    written++;
                }
                LockSupport.parkNanos(PIECE_NS / 4);
            }
        }

        private void fill() {
            for (int i = 0; i < RATE_HZ / 50; i++) {
                piece.putShort(2 * i, TrialSink.voice(written * 0.02 + (double) i / RATE_HZ));
            }
        }
    }
}
