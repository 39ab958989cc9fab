package dev.mouthpiece.worker.film;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Mp4OutputTest {
    private static final int FPS = 25;
    private static final int FRAMES = 60;

    /** Pictures that flash; the sound bursts with each. */
    private static final int[] FLASHES = {10, 35, 52};

    /** Bursts and flashes of a film come out where they went in: sound to the sample, pictures to the frame. */
    @ParameterizedTest
    @CsvSource({
        "48000, 1",
        "44100, 2",
        "16000, 1",
        "22050, 1",
        "24000, 2",
        "8000, 1",
        "11025, 1",
        "96000, 1",
        "32000, 1",
    })
    void shouldKeepSoundAndPictureWhereTheyWere(int rateHz, int channels, @TempDir Path folder) {
        final Path file = folder.resolve("film.mp4");
        final short[] sound = flashingSound(rateHz, channels);

        write(new Mp4Output(file), new PcmFormat(rateHz, channels), sound);

        final short[] heard = FfmpegTool.decodeSound(file, rateHz, channels);
        assertThat(Sounds.lag(sound, heard, channels, 2_200)).isZero();
        assertThat(Sounds.likeness(sound, heard)).isGreaterThan(0.85);
        assertThat((double) heard.length / channels / rateHz)
                .as("seconds of sound")
                .isBetween(FRAMES / (double) FPS, FRAMES / (double) FPS + 0.03);
        assertThat(flashes(file)).containsExactly(10, 35, 52);
    }

    @Test
    void shouldStartBothStreamsAtZeroAndTellTheTruthAboutColour(@TempDir Path folder) {
        final Path file = folder.resolve("film.mp4");

        write(new Mp4Output(file), new PcmFormat(24_000, 1), flashingSound(24_000, 1));

        assertThat(FfmpegTool.probe(file, "-show_entries", "stream=codec_name,start_time,sample_rate"))
                .containsExactly(
                        "codec_name=h264",
                        "start_time=0.000000",
                        "codec_name=aac",
                        "sample_rate=48000",
                        "start_time=0.000000");
        assertThat(FfmpegTool.probe(
                        file,
                        "-select_streams",
                        "v",
                        "-show_entries",
                        "stream=width,height,pix_fmt,color_range,color_space,color_transfer,color_primaries,"
                                + "r_frame_rate,nb_frames,duration"))
                .containsExactlyInAnyOrder(
                        "width=160",
                        "height=128",
                        "pix_fmt=yuv420p",
                        "color_range=tv",
                        "color_space=smpte170m",
                        "color_transfer=bt709",
                        "color_primaries=bt709",
                        "r_frame_rate=25/1",
                        "nb_frames=60",
                        "duration=2.400000");
    }

    @Test
    void shouldBePlayableWhileItLoads(@TempDir Path folder) throws IOException {
        final Path file = folder.resolve("film.mp4");

        write(new Mp4Output(file), new PcmFormat(24_000, 1), flashingSound(24_000, 1));

        final byte[] bytes = Files.readAllBytes(file);
        assertThat(indexOf(bytes, "moov")).isBetween(1, indexOf(bytes, "mdat"));
    }

    @Test
    void shouldWriteEqualBytesForEqualInput(@TempDir Path folder) throws IOException {
        final Path first = folder.resolve("first.mp4");
        final Path second = folder.resolve("second.mp4");

        for (final Path file : List.of(first, second)) {
            write(new Mp4Output(file), new PcmFormat(22_050, 1), flashingSound(22_050, 1));
        }

        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    }

    @Test
    void shouldShowTheColoursItWasGiven(@TempDir Path folder) {
        final Path file = folder.resolve("film.mp4");
        final I420Frame frame = new I420Frame(160, 128);
        // BT.601 limited of RGB 200, 120, 60.
        fill(frame, 0, frame.lumaBytes(), 133);
        fill(frame, frame.lumaBytes(), frame.vOffset(), 90);
        fill(frame, frame.vOffset(), frame.data().capacity(), 169);
        try (FilmOutput output = new Mp4Output(file)) {
            output.start(160, 128, FPS, new PcmFormat(16_000, 1));
            output.video(frame);
            output.audio(Sounds.pcm(new short[640]));
            output.finish();
        }

        final byte[] rgb = FfmpegTool.decodePictures(file, "rgb24");
        assertThat(rgb).hasSize(160 * 128 * 3);
        assertThat(rgb[3000] & 0xff).isBetween(196, 204);
        assertThat(rgb[3001] & 0xff).isBetween(116, 124);
        assertThat(rgb[3002] & 0xff).isBetween(56, 64);
    }

    @Test
    void shouldLeaveNothingWhenNotFinished(@TempDir Path folder) throws IOException {
        try (FilmOutput output = new Mp4Output(folder.resolve("film.mp4"))) {
            output.start(160, 128, FPS, new PcmFormat(16_000, 1));
            output.video(new I420Frame(160, 128));
            assertThat(names(folder)).hasSize(1).allMatch(name -> name.startsWith(".film.mp4.part-"));
        }

        assertThat(names(folder)).isEmpty();
    }

    @Test
    void shouldKeepOldFilmUntilTheNewOneIsComplete(@TempDir Path folder) throws IOException {
        final Path file = Files.writeString(folder.resolve("film.mp4"), "old");

        final var output = new Mp4Output(file);
        output.start(160, 128, FPS, new PcmFormat(16_000, 1));
        output.video(new I420Frame(160, 128));
        output.audio(Sounds.pcm(new short[640]));
        assertThat(Files.readString(file)).isEqualTo("old");
        output.finish();
        output.close();

        assertThat(Files.size(file)).isGreaterThan(500);
        assertThat(names(folder)).containsExactly("film.mp4");
    }

    @Test
    void shouldSayWhenFilmCannotBePutInItsPlace(@TempDir Path folder) throws IOException {
        final Path target = folder.resolve("film.mp4");
        final var output = new Mp4Output(target);
        output.start(160, 128, FPS, new PcmFormat(16_000, 1));
        output.video(new I420Frame(160, 128));
        output.audio(Sounds.pcm(new short[640]));
        // Somebody puts a folder there meanwhile.
        Files.createDirectories(target.resolve("inside"));

        assertThatThrownBy(output::finish)
                .isInstanceOf(FilmException.class)
                .hasMessageStartingWith("cannot write " + target);
        output.close();

        assertThat(names(folder)).containsExactly("film.mp4");
    }

    @Test
    void shouldRefuseTargetThatCannotBeWritten(@TempDir Path folder) {
        assertThatThrownBy(() -> new Mp4Output(folder.resolve("no/film.mp4")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("no/film.mp4", "does not exist: create it first");
        assertThatThrownBy(() -> new Mp4Output(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("it is a folder: name a file in it");
        assertThatThrownBy(() -> new Mp4Output(Path.of("/dev/null")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("it is not a regular file");
        assertThatThrownBy(() -> new Mp4Output(Path.of("/proc/film.mp4")))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("cannot write /proc/film.mp4: ");
    }

    private static short[] flashingSound(int rateHz, int channels) {
        final int perFrame = rateHz / FPS;
        return Sounds.bursts(
                rateHz,
                channels,
                rateHz * FRAMES / FPS,
                Arrays.stream(FLASHES).map(frame -> frame * perFrame).toArray());
    }

    /** Frame by frame, as the runner does, in chunks of 10 ms. */
    static void write(FilmOutput output, PcmFormat format, short[] sound) {
        final ByteBuffer pcm = Sounds.pcm(sound);
        final I420Frame dark = new I420Frame(160, 128);
        final I420Frame bright = new I420Frame(160, 128);
        fill(bright, 0, bright.lumaBytes(), 235);
        try (output) {
            output.start(160, 128, FPS, format);
            final int total = pcm.limit() / format.frameBytes();
            for (int tick = 0; tick < FRAMES * 4; tick++) {
                if (tick % 4 == 0) {
                    final int frame = tick / 4;
                    output.video(Arrays.stream(FLASHES).anyMatch(f -> f == frame) ? bright : dark);
                }
                final long from = (long) total * tick / (FRAMES * 4);
                final long to = (long) total * (tick + 1) / (FRAMES * 4);
                output.audio(pcm.limit((int) to * format.frameBytes()).position((int) from * format.frameBytes()));
            }
            output.finish();
        }
    }

    private static int[] flashes(Path file) {
        final byte[] grey = FfmpegTool.decodePictures(file, "gray");
        final int size = 160 * 128;
        assertThat(grey.length).isEqualTo(FRAMES * size);
        return IntStream.range(0, FRAMES)
                .filter(i -> (grey[i * size + size / 2] & 0xff) > 128)
                .toArray();
    }

    private static void fill(I420Frame frame, int from, int to, int value) {
        for (int i = from; i < to; i++) {
            frame.data().put(i, (byte) value);
        }
    }

    private static int indexOf(byte[] bytes, String word) {
        return new String(bytes, ISO_8859_1).indexOf(word);
    }

    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
