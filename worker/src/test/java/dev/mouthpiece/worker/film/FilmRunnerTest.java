package dev.mouthpiece.worker.film;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.HostDevice;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.worker.avatar.Avatar;
import dev.mouthpiece.worker.media.Seeds;
import dev.mouthpiece.worker.media.TestModel;
import dev.mouthpiece.worker.media.TestSessions;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** The real path with its threads, and a model whose answers are known. */
class FilmRunnerTest {
    private final TestModel model = new TestModel();
    private final FilmRunner runner = new FilmRunner(new HostDevice(), 2, 4);

    @Test
    void shouldWriteEveryPictureAndEverySampleInOrder() {
        final Take take = new Take(new PcmFormat(44_100, 2), 100_000, 3);

        assertThat(run(List.of(take), 2)).isTrue();

        assertThat(take.output.finished).isTrue();
        assertThat(take.output.pictures).hasSize((100_000 * 25 + 44_099) / 44_100);
        final byte[] sound = take.output.sound();
        assertThat(Arrays.copyOf(sound, take.pcm.length)).isEqualTo(take.pcm);
        assertThat(sound.length).isEqualTo((int) (take.output.pictures.size() * 44_100L / 25) * 4);
        assertThat(take.source.closed && take.output.closed).isTrue();
    }

    @Test
    void shouldMakeTheSameFilmEveryTimeAloneOrAmongOthers() {
        Seeds.forEach(3, random -> {
            final long seed = random.nextInt(1_000);
            final PcmFormat format = new PcmFormat(24_000, 1);
            final Take alone = new Take(format, 60_000, seed);
            run(List.of(alone), 2);
            final List<Take> takes = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                takes.add(
                        i == 5 ? new Take(format, 60_000, seed) : new Take(format, 5_000 + random.nextInt(90_000), i));
            }

            assertThat(run(takes, 3)).isTrue();

            assertThat(takes.get(5).output.pictures).isEqualTo(alone.output.pictures);
            assertThat(takes.get(5).output.sound()).isEqualTo(alone.output.sound());
        });
    }

    @Test
    void shouldGoOnWithTheOthersWhenOneFilmFails() {
        final Take good = new Take(TestSessions.SPEECH, 30_000, 1);
        final Take full = new Take(TestSessions.SPEECH, 30_000, 2);
        full.output.failAt = 5;
        final Take poisoned = new Take(TestSessions.SPEECH, 30_000, TestModel.POISON);
        final Take empty = new Take(TestSessions.SPEECH, 0, 3);
        final List<String> failures = new ArrayList<>();

        final boolean all = runner.run(
                jobs(List.of(good, full, poisoned, empty)),
                new Listener() {
                    @Override
                    public void onFailed(int job, Throwable cause) {
                        failures.add(job + ": " + cause.getMessage());
                    }
                },
                () -> false);

        assertThat(all).isFalse();
        assertThat(failures)
                .containsExactlyInAnyOrder(
                        "1: disk is full",
                        "2: a row that can't be rendered",
                        "3: the speech is empty: it has no samples");
        assertThat(good.output.finished).isTrue();
        for (final Take take : List.of(full, poisoned, empty)) {
            assertThat(take.output.finished).isFalse();
            assertThat(take.output.closed && take.source.closed).isTrue();
        }
    }

    @Test
    void shouldLeaveNothingOpenWhenCanceled() {
        final List<Take> takes = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            takes.add(new Take(TestSessions.SPEECH, 400_000, i));
        }
        final int[] asked = new int[1];

        final boolean all = runner.run(jobs(takes), new Listener(), () -> ++asked[0] > 200);

        assertThat(all).isFalse();
        assertThat(takes).allMatch(t -> t.output.closed && t.source.closed && !t.output.finished);
        assertThat(model.openRunners).hasValue(0);
    }

    private boolean run(List<Take> takes, int lanes) {
        return new FilmRunner(new HostDevice(), lanes, 4).run(jobs(takes), new Listener(), () -> false);
    }

    private List<FilmJob> jobs(List<Take> takes) {
        final List<FilmJob> jobs = new ArrayList<>();
        for (final Take take : takes) {
            final long slot = take.seed == TestModel.POISON ? TestModel.POISON : 5;
            jobs.add(new FilmJob(
                    model,
                    new Avatar(TestSessions.still(), new Slot(slot), 8, 8),
                    take.source,
                    take.output,
                    take.seed));
        }
        return jobs;
    }

    private static class Listener implements FilmListener {
        @Override
        public void onProgress(int job, long frames, long estimatedFrames) {
            assertThat(frames).isLessThanOrEqualTo(estimatedFrames);
        }

        @Override
        public void onFinished(int job, long frames) {}

        @Override
        public void onFailed(int job, Throwable cause) {
            throw new AssertionError(cause);
        }
    }

    private record Slot(int slot) implements LipSyncModel.Identity {
        Slot(long slot) {
            this((int) slot);
        }

        @Override
        public int patchSize() {
            return TestModel.SIDE;
        }

        @Override
        public void close() {}
    }

    /** Noise in, and what came out. */
    private static final class Take {
        final long seed;
        final byte[] pcm;
        final Source source;
        final Output output = new Output();

        Take(PcmFormat format, int samples, long seed) {
            this.seed = seed;
            pcm = new byte[samples * format.frameBytes()];
            new SplittableRandom(samples).nextBytes(pcm);
            source = new Source(format, pcm);
        }
    }

    private static final class Source implements SpeechSource {
        private final PcmFormat format;
        private final ByteBuffer pcm;
        boolean closed;

        Source(PcmFormat format, byte[] pcm) {
            this.format = format;
            this.pcm = ByteBuffer.wrap(pcm);
        }

        @Override
        public PcmFormat format() {
            return format;
        }

        @Override
        public long estimatedSamples() {
            return pcm.capacity() / format.frameBytes();
        }

        @Override
        public int read(ByteBuffer target) {
            if (!pcm.hasRemaining()) {
                return -1;
            }
            final int n = Math.min(pcm.remaining(), 1_000 * format.frameBytes());
            target.put(pcm.slice(pcm.position(), n));
            pcm.position(pcm.position() + n);
            return n;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static final class Output implements FilmOutput {
        final List<Long> pictures = new ArrayList<>();
        private final ByteBuffer sound = ByteBuffer.allocate(1 << 21).order(ByteOrder.LITTLE_ENDIAN);
        int failAt = -1;
        boolean finished;
        boolean closed;

        @Override
        public void start(int width, int height, int fps, PcmFormat audio) {}

        @Override
        public void video(I420Frame frame) {
            if (pictures.size() == failAt) {
                throw new FilmException("disk is full");
            }
            final CRC32 crc = new CRC32();
            crc.update(frame.data().duplicate());
            pictures.add(crc.getValue());
        }

        @Override
        public void audio(ByteBuffer pcm) {
            sound.put(pcm);
        }

        byte[] sound() {
            return Arrays.copyOf(sound.array(), sound.position());
        }

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
