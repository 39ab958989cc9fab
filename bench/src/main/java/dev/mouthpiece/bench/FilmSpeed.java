package dev.mouthpiece.bench;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.HostDevice;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.avatar.Avatar;
import dev.mouthpiece.worker.avatar.AvatarLoader;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.Picture;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.film.FilmJob;
import dev.mouthpiece.worker.film.FilmListener;
import dev.mouthpiece.worker.film.FilmOutput;
import dev.mouthpiece.worker.film.FilmRunner;
import dev.mouthpiece.worker.film.SpeechSource;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Frames per second of the whole path without encoding: speech in, models, compositing, pacing, pictures thrown away.
 *
 * <p>Speech is made: syllables of noise and tone with pauses, which cost the models what words do. Prints one line per
 * run, the median at the end, and the machine's load beside it.
 */
public final class FilmSpeed {
    private static final int RATE_HZ = 24_000;

    private FilmSpeed() {}

    /** Arguments: PORTRAIT [WIDTHxHEIGHT [films [seconds [runs [lanes [model]]]]]]. */
    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println(
                    "usage: bench/run FilmSpeed PORTRAIT [368x560 [FILMS [SECONDS [RUNS [LANES [MODEL]]]]]]");
            System.exit(2);
        }
        final int films = args.length > 2 ? Integer.parseInt(args[2]) : 1;
        final int seconds = args.length > 3 ? Integer.parseInt(args[3]) : 20;
        final int runs = args.length > 4 ? Integer.parseInt(args[4]) : 5;
        final int lanes = args.length > 5
                ? Integer.parseInt(args[5])
                : Runtime.getRuntime().availableProcessors();
        final String name = args.length > 6 ? args[6] : "puppet";

        final ModelCatalog catalog = ModelCatalog.standard();
        try (LipSyncModel model = Models.open(catalog.open(name), DeviceKind.CPU);
                FaceFinder faces = Models.openFaceFinder(catalog.open("face"), DeviceKind.CPU)) {
            final Picture picture = PortraitReader.read(Path.of(args[0]));
            final FrameSize frame = FrameSize.parse(args.length > 1 ? args[1] : "368x560");
            final long startNs = System.nanoTime();
            try (Avatar avatar = new AvatarLoader(faces, model)
                    .load(args[0], picture, Optional.of(frame))
                    .avatar()) {
                System.out.printf(
                        "avatar ready in %d ms, patch %d%n",
                        (System.nanoTime() - startNs) / 1_000_000,
                        avatar.identity().patchSize());
                final double[] rates = new double[runs];
                for (int run = 0; run < runs; run++) {
                    rates[run] = run(model, avatar, films, seconds, lanes);
                }
                Arrays.sort(rates);
                System.out.printf(
                        "median %.0f frames/s in sum (%.0f..%.0f): %d films of %d s, %s, %s, patch %d, %d lanes; load %.1f%n",
                        rates[runs / 2],
                        rates[0],
                        rates[runs - 1],
                        films,
                        seconds,
                        name,
                        frame,
                        avatar.identity().patchSize(),
                        lanes,
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
            }
        }
    }

    private static double run(LipSyncModel model, Avatar avatar, int films, int seconds, int lanes) {
        final List<FilmJob> jobs = new ArrayList<>();
        for (int i = 0; i < films; i++) {
            jobs.add(new FilmJob(model, avatar, new MadeSpeech(seconds, i), new NullOutput(), i));
        }
        final long startNs = System.nanoTime();
        final long startCpuNs = processCpuNs();
        new FilmRunner(new HostDevice(), lanes, films).run(jobs, new Quiet(), () -> false);
        final double elapsed = (System.nanoTime() - startNs) / 1e9;
        final double cpu = (processCpuNs() - startCpuNs) / 1e9;
        final double frames = (double) films * seconds * model.manifest().fps();
        System.out.printf(
                "%7.0f frames/s   %.2f CPU ms a frame   %.2f cores%n",
                frames / elapsed, cpu * 1_000 / frames, cpu / elapsed);
        return frames / elapsed;
    }

    private static long processCpuNs() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
                ? os.getProcessCpuTime()
                : 0;
    }

    /** Four syllables a second, a pause every third second. */
    private static final class MadeSpeech implements SpeechSource {
        private final long samples;
        private final int seed;
        private long at;

        MadeSpeech(int seconds, int seed) {
            this.samples = (long) seconds * RATE_HZ;
            this.seed = seed;
        }

        @Override
        public PcmFormat format() {
            return new PcmFormat(RATE_HZ, 1);
        }

        @Override
        public long estimatedSamples() {
            return samples;
        }

        @Override
        public int read(ByteBuffer target) {
            if (at == samples) {
                return -1;
            }
            target.order(ByteOrder.LITTLE_ENDIAN);
            int n = 0;
            while (target.remaining() >= 2 && at < samples && n < 8_192) {
                final double t = (double) at / RATE_HZ;
                final double pause = (int) t % 3 == 2 ? 0 : 1;
                final double syllable = Math.max(0, Math.sin(2 * Math.PI * 4 * t + seed));
                final double voice = Math.sin(2 * Math.PI * 140 * t) + 0.5 * Math.sin(2 * Math.PI * 700 * t);
                target.putShort((short) (9_000 * pause * syllable * voice));
                at++;
                n += 2;
            }
            return n;
        }

        @Override
        public void close() {}
    }

    private static final class NullOutput implements FilmOutput {
        @Override
        public void start(int width, int height, int fps, PcmFormat audio) {}

        @Override
        public void video(I420Frame frame) {}

        @Override
        public void audio(ByteBuffer pcm) {}

        @Override
        public void finish() {}

        @Override
        public void close() {}
    }

    private static final class Quiet implements FilmListener {
        @Override
        public void onProgress(int job, long frames, long estimatedFrames) {}

        @Override
        public void onFinished(int job, long frames) {}

        @Override
        public void onFailed(int job, Throwable cause) {
            throw new IllegalStateException("film " + job + " failed", cause);
        }
    }
}
