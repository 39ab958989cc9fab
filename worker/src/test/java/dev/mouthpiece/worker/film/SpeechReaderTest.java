package dev.mouthpiece.worker.film;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpeechReaderTest {
    private static final int RATE_HZ = 48_000;
    private static final int SAMPLES = 96_123;
    private static final short[] SOUND = Sounds.bursts(RATE_HZ, 1, SAMPLES, 700, 30_000, 94_000);

    /**
     * Whatever a coder puts before and after the sound is cut off: each burst is where it was, and the length is right, to
     * the sample where the container tells it.
     */
    @ParameterizedTest
    @CsvSource({
        "wav, pcm_s16le, 0",
        "wav, pcm_f32le, 0",
        "wav, pcm_u8, 0",
        "flac, flac, 0",
        "mp3, libmp3lame, 0",
        "m4a, aac, 1024",
        "mp4, aac, 1024",
        "opus, libopus, 0",
        "webm, libopus, 1000",
        "mka, flac, 0",
        "aiff, pcm_s16be, 0",
    })
    void shouldBeginWithTheFirstAudibleSample(String extension, String coder, int slack, @TempDir Path folder)
            throws IOException {
        final Path file = folder.resolve("speech." + extension);
        FfmpegTool.run("-i", wav(folder, SOUND, RATE_HZ, 1), "-c:a", coder, "-b:a", "128k", file);

        try (SpeechReader reader = SpeechReader.open(file)) {
            assertThat(reader.format()).isEqualTo(new PcmFormat(RATE_HZ, 1));
            final short[] heard = readAll(reader);
            assertThat(Sounds.lag(SOUND, heard, 1, 2_200)).isZero();
            assertThat(heard.length).isBetween(SAMPLES, SAMPLES + slack);
            assertThat(reader.estimatedSamples()).isBetween(SAMPLES - 2_500L, SAMPLES + 2_500L);
            assertThat(reader.warnings()).isEmpty();
            try (SpeechReader memory = SpeechReader.open("m", Files.readAllBytes(file))) {
                assertThat(readAll(memory)).isEqualTo(heard);
            }
        }
    }

    @Test
    void shouldReadTheSoundOfVideo(@TempDir Path folder) {
        final Path file = folder.resolve("clip.mp4");
        FfmpegTool.run(
                "-f",
                "lavfi",
                "-i",
                "testsrc=s=64x64:d=2",
                "-i",
                wav(folder, SOUND, RATE_HZ, 1),
                "-c:v",
                "mpeg4",
                "-c:a",
                "aac",
                file);

        try (SpeechReader reader = SpeechReader.open(file)) {
            assertThat(Sounds.lag(SOUND, readAll(reader), 1, 2_200)).isZero();
        }
    }

    @Test
    void shouldReadItsOwnFilms(@TempDir Path folder) {
        final Path file = folder.resolve("film.mp4");
        final short[] sound = Sounds.bursts(44_100, 2, 44_100 * 60 / 25, 3_000, 70_000);
        Mp4OutputTest.write(new Mp4Output(file), new PcmFormat(44_100, 2), sound);

        try (SpeechReader reader = SpeechReader.open(file)) {
            assertThat(reader.format()).isEqualTo(new PcmFormat(44_100, 2));
            assertThat(Sounds.lag(sound, readAll(reader), 2, 2_200)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"8000, 1, 1", "11025, 2, 2", "44100, 2, 2", "96000, 6, 2", "16000, 8, 2", "192000, 1, 1"})
    void shouldKeepTheRateAndFoldToTwoChannels(int rateHz, int channels, int folded, @TempDir Path folder) {
        final Path file = wav(folder, Sounds.bursts(rateHz, channels, rateHz, rateHz / 2), rateHz, channels);

        try (SpeechReader reader = SpeechReader.open(file)) {
            assertThat(reader.format()).isEqualTo(new PcmFormat(rateHz, folded));
            final short[] heard = readAll(reader);
            assertThat(heard).hasSize(rateHz * folded);
            assertThat(firstLoud(heard) / folded).isEqualTo(rateHz / 2);
        }
    }

    @Test
    void shouldFollowFileThatChangesItsRate(@TempDir Path folder) throws IOException {
        final Path first = folder.resolve("first.aac");
        final Path second = folder.resolve("second.aac");
        FfmpegTool.run("-f", "lavfi", "-i", "sine=r=44100:d=1", first);
        FfmpegTool.run("-f", "lavfi", "-i", "sine=r=22050:d=1", "-ac", "2", second);
        final Path both = folder.resolve("both.aac");
        Files.write(both, Files.readAllBytes(first));
        Files.write(both, Files.readAllBytes(second), StandardOpenOption.APPEND);

        try (SpeechReader reader = SpeechReader.open(both)) {
            final int samples = readAll(reader).length;
            assertThat(samples / reader.format().channels()).isBetween(2 * 44_100 - 500, 2 * 44_100 + 6_000);
        }
    }

    @Test
    void shouldGiveWholeSamplesOnlyHoweverSmallTheTarget(@TempDir Path folder) {
        final Path file = wav(folder, Sounds.bursts(16_000, 2, 1_600, 10), 16_000, 2);

        try (SpeechReader reader = SpeechReader.open(file)) {
            final ByteBuffer target = ByteBuffer.allocate(7);
            assertThat(reader.read(target)).isEqualTo(4);
            assertThat(target.position()).isEqualTo(4);
        }
    }

    @Test
    void shouldReadWhatIsThereOfTruncatedFileAndSaySo(@TempDir Path folder) throws IOException {
        final Path whole = wav(folder, SOUND, RATE_HZ, 1);
        final Path half = folder.resolve("half.wav");
        Files.write(half, Arrays.copyOf(Files.readAllBytes(whole), SAMPLES));

        try (SpeechReader reader = SpeechReader.open(half)) {
            assertThat(readAll(reader).length).isBetween(SAMPLES / 2 - 100, SAMPLES / 2);
            assertThat(reader.warnings()).singleElement().asString().contains("half.wav is cut short");
        }
    }

    @Test
    void shouldLeaveOutDamagedStretchAndSaySo(@TempDir Path folder) throws IOException {
        final Path file = folder.resolve("speech.m4a");
        FfmpegTool.run("-f", "lavfi", "-i", "anoisesrc=d=3", "-c:a", "aac", file);
        final byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, bytes.length / 3, bytes.length / 2, (byte) 0xff);
        Files.write(file, bytes);

        try (SpeechReader reader = SpeechReader.open(file)) {
            assertThat(readAll(reader).length).isGreaterThan(44_100);
            assertThat(reader.warnings()).singleElement().asString().contains("speech.m4a is damaged");
        }
    }

    /** Whatever is in a file, the reader gives samples or says in one line why not. */
    @Test
    void shouldSurviveAnyDamage(@TempDir Path folder) throws IOException {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final Path wav = wav(folder, Arrays.copyOf(SOUND, 9_600), RATE_HZ, 1);
        final List<byte[]> originals = new ArrayList<>(List.of(Files.readAllBytes(wav)));
        for (final String extension : List.of("mp3", "m4a", "opus", "flac", "webm")) {
            final Path file = folder.resolve("speech." + extension);
            FfmpegTool.run("-i", wav, file);
            originals.add(Files.readAllBytes(file));
        }
        for (int i = 0; i < 300; i++) {
            final byte[] bytes = originals.get(i % originals.size()).clone();
            for (int hits = 1 + random.nextInt(20); hits > 0; hits--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try (SpeechReader reader = SpeechReader.open("s", bytes)) {
                assertThat(readAll(reader).length).isPositive();
            } catch (BadInputException e) {
                assertThat(e).as("seed %d, case %d", seed, i).hasMessageNotContaining("\n");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", case " + i, e);
            }
        }
    }

    @Test
    void shouldRefuseWhatIsNoSound(@TempDir Path folder) throws IOException {
        final Path text = Files.writeString(folder.resolve("speech.wav"), "This is no sound. ".repeat(500));
        assertRefused(text, "is not an audio or video file, or is damaged", "give WAV, MP3");
        assertRefused(Files.createFile(folder.resolve("nothing.wav")), "is not an audio or video file, or is damaged");
        assertRefused(folder.resolve("nobody.wav"), "does not exist");
        assertRefused(folder, "is not a file");

        final Path silent = folder.resolve("silent.mp4");
        FfmpegTool.run("-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-c:v", "mpeg4", silent);
        assertRefused(silent, "has no sound in it");
    }

    @Test
    void shouldRefuseEmptySound(@TempDir Path folder) {
        assertRefused(wav(folder, new short[0], 16_000, 1), "is empty: it has no samples");
    }

    @Test
    void shouldRefuseFilmWithoutItsIndex(@TempDir Path folder) throws IOException {
        final Path file = folder.resolve("speech.m4a");
        FfmpegTool.run("-f", "lavfi", "-i", "sine=d=3", "-c:a", "aac", file);
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 9_000));

        assertRefused(file, "is damaged", "moov atom not found");
    }

    @Test
    void shouldNotFollowPlaylistToOtherFiles(@TempDir Path folder) throws IOException {
        final Path secret = wav(folder, SOUND, RATE_HZ, 1);
        final Path concat = Files.writeString(
                folder.resolve("list.wav"), "ffconcat version 1.0\nfile " + secret.getFileName() + "\n");
        final Path playlist = Files.writeString(
                folder.resolve("list.m3u8"),
                "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + secret + "\n#EXT-X-ENDLIST\n");

        assertRefused(concat, "speech");
        assertRefused(playlist, "speech");
    }

    @Test
    void shouldRefuseImpossibleRate(@TempDir Path folder) {
        assertRefused(wav(folder, new short[2000], 1_000, 1), "has a sample rate of 1000 Hz");
    }

    private static void assertRefused(Path file, String... words) {
        assertThatThrownBy(() -> SpeechReader.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("speech " + file)
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("\n");
    }

    /** Reads to the end, by odd chunks. */
    static short[] readAll(SpeechSource source) {
        final ByteBuffer all = ByteBuffer.allocate(1 << 24).order(ByteOrder.LITTLE_ENDIAN);
        final ByteBuffer chunk = ByteBuffer.allocate(1_234).order(ByteOrder.LITTLE_ENDIAN);
        while (source.read(chunk.clear()) >= 0) {
            all.put(chunk.flip());
        }
        final short[] samples = new short[all.flip().remaining() / 2];
        all.asShortBuffer().get(samples);
        return samples;
    }

    private static int firstLoud(short[] samples) {
        for (int i = 0; i < samples.length; i++) {
            if (samples[i] != 0) {
                return i;
            }
        }
        return -1;
    }

    private static Path wav(Path folder, short[] samples, int rateHz, int channels) {
        try {
            final Path raw = Files.createTempFile(folder, "sound", ".raw");
            final byte[] bytes = new byte[samples.length * 2];
            Sounds.pcm(samples).get(bytes);
            Files.write(raw, bytes);
            final Path wav = folder.resolve("sound.wav");
            FfmpegTool.run("-f", "s16le", "-ar", rateHz, "-ac", channels, "-i", raw, wav);
            Files.delete(raw);
            return wav;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
