package dev.mouthpiece.worker.cli;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.capacity.CapacityMeter;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.live.LiveEvents;
import dev.mouthpiece.worker.live.LiveOutput;
import dev.mouthpiece.worker.live.LiveSession;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.transport.Faces;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many sessions this machine can run: sessions are let speak for some seconds with nobody watching, and the processor time that they take is
 * counted, which a busy neighbour spoils least. What sending takes is added; a fifth of the machine is left for everything else. Where a GPU computes,
 * what it holds is measured too, and the lesser counts.
 *
 * @param model that was measured
 * @param device what computed
 * @param cores that were there
 * @param cpuMsPerSecond processor time of one speaking session, without sending it
 * @param sessions that fit, of 368x560
 * @param at when
 */
record Capacity(String model, String device, int cores, double cpuMsPerSecond, int sessions, String at) {
    private static final Logger LOG = LoggerFactory.getLogger(Capacity.class);
    private static final String FILE = "capacity.json";
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** Encoding and sending 368x560 at 25 fps with H.264, and Opus: measured once, see bench/README.md. */
    private static final double SENDING_MS_PER_SECOND = 62;

    private static final double SHARE = 0.8;
    private static final int SESSIONS = 2;
    private static final int RATE_HZ = 16_000;
    private static final int SPEECH_S = 5;
    /** Code that has just been loaded runs slowly at first. */
    private static final int SETTLE_MS = 2_000;

    private static final int MEASURE_MS = 2_000;
    /** Of a GPU, each number of sessions that is tried. */
    private static final double TRIAL_S = 3;

    /** More of them no machine sends. */
    private static final int MOST = 512;

    /**
     * What was measured before, if it still holds.
     *
     * @param device what computes; null where that would have to be opened first
     */
    static Optional<Capacity> read(Path home, String model, @Nullable Device device) {
        try {
            final Path file = home.resolve(FILE);
            if (Files.isRegularFile(file)) {
                final Capacity read = JSON.readValue(file.toFile(), Capacity.class);
                final boolean isSame = read.model().equals(model)
                        && (device == null || CapacityMeter.nameOf(device).equals(read.device()))
                        && read.cores() == Runtime.getRuntime().availableProcessors()
                        && read.sessions() > 0;
                return isSame ? Optional.of(read) : Optional.empty();
            }
        } catch (IOException e) {
            // A damaged one is measured again.
        }
        return Optional.empty();
    }

    /** Measures, for some seconds, in which nobody else should be on air. */
    static Capacity measure(LiveParts live, Avatars avatars, String model) {
        final var faces = new Faces(live.library(), avatars, model);
        final var face = new Portrait.Platform(PlatformAvatars.all().getFirst().id());
        final List<LiveSession> sessions = new ArrayList<>();
        try {
            for (int i = 0; i < SESSIONS; i++) {
                sessions.add(speaking(live.engine(), faces, face, i));
            }
            TimeUnit.MILLISECONDS.sleep(SETTLE_MS);
            final long beforeNs = cpuNs();
            final long startNs = System.nanoTime();
            TimeUnit.MILLISECONDS.sleep(MEASURE_MS);
            final double seconds = (System.nanoTime() - startNs) / 1e9;
            final double ms = (cpuNs() - beforeNs) / 1e6 / seconds / SESSIONS;
            final int cores = Runtime.getRuntime().availableProcessors();
            final int fit = (int) (SHARE * 1_000 * cores / (ms + SENDING_MS_PER_SECOND));
            return new Capacity(
                    model,
                    CapacityMeter.nameOf(live.device()),
                    cores,
                    Math.round(ms * 10) / 10.0,
                    Math.max(1, Math.min(fit, onDevice(live, model))),
                    Instant.now().toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CanceledException();
        } finally {
            sessions.forEach(LiveSession::close);
            sessions.forEach(
                    session -> session.closed().orTimeout(5, TimeUnit.SECONDS).join());
        }
    }

    /** What a GPU holds; of the CPU, its time has told all. */
    private static int onDevice(LiveParts live, String model) {
        if (live.device().kind() == DeviceKind.CPU) {
            return Integer.MAX_VALUE;
        }
        final ModelPackage files = ModelCatalog.standard().open(model);
        return new DeviceMeasure(live.device(), files, live.library().model(model), FrameSize.USUAL, null)
                .run(TRIAL_S, MOST, LOG::debug)
                .sessions();
    }

    private static LiveSession speaking(LiveEngine engine, Faces faces, Portrait face, int index) {
        final LiveSession session = engine.open(
                "capacity-" + index,
                faces.borrow(face, FrameSize.USUAL.width(), FrameSize.USUAL.height()),
                index,
                new Nobody(),
                new Nobody(),
                Runnable::run);
        session.speech().begin(RATE_HZ, 1);
        session.speech().write(babble());
        session.speech().end();
        return session;
    }

    /** Something that changes all the time, as speech does. */
    private static ByteBuffer babble() {
        final ByteBuffer pcm = ByteBuffer.allocate(RATE_HZ * SPEECH_S * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < RATE_HZ * SPEECH_S; i++) {
            final double t = (double) i / RATE_HZ;
            final double voice = Math.sin(2 * Math.PI * 140 * t) + 0.5 * Math.sin(2 * Math.PI * 1_100 * t);
            pcm.putShort((short) (6_000 * voice * (0.5 + 0.5 * Math.sin(2 * Math.PI * 4 * t))));
        }
        return pcm.flip();
    }

    private static long cpuNs() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    /**
     * Keeps it in that folder, for {@link #read}.
     *
     * @throws BadInputException if the folder cannot be written
     */
    Capacity keep(Path home) {
        try {
            final Path made = Files.createTempFile(home, "capacity", ".json");
            JSON.writeValue(made.toFile(), this);
            Files.move(made, home.resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
            return this;
        } catch (IOException e) {
            throw new BadInputException("home folder " + home + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Takes pictures and sound, and does nothing with them. */
    private static final class Nobody implements LiveOutput, LiveEvents {
        @Override
        public void pushVideo(I420Frame picture, boolean repeated) {
            // Nobody watches.
        }

        @Override
        public void pushAudio(byte[] pcm) {
            // Nobody listens.
        }

        @Override
        public void onPlaybackStarted(long segment) {
            // Nobody asks.
        }

        @Override
        public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {
            // Likewise.
        }

        @Override
        public void onFailed(Throwable cause) {
            // The measurement shows it: no time is taken.
        }
    }
}
