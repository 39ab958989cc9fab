package dev.mouthpiece.worker.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.film.FfmpegTool;
import dev.mouthpiece.worker.film.Sounds;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Films made by the real command of the shipped models, portraits and samples. */
class RenderTest {
    private static final int RATE_HZ = 16_000;
    private static final int SAMPLES_PER_FRAME = RATE_HZ / 25;

    @Test
    void shouldMakeFilmOfShippedSample(@TempDir Path folder) throws IOException {
        final Path film = folder.resolve("hello.mp4");

        final CommandLineRun run = CommandLineRun.of(
                "render",
                "av_stock_001",
                "hello",
                "-o",
                film,
                "--frames",
                folder.resolve("frames"),
                "--trace",
                folder.resolve("trace.csv"),
                "--plot",
                folder.resolve("plot.png"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .startsWith("wrote " + film + ": ")
                .contains("real time")
                .hasLineCount(1);
        assertThat(names(folder)).containsExactly("frames", "hello.mp4", "plot.png", "trace.csv");
        final short[] speech = sample("hello");
        final int frames = (speech.length + SAMPLES_PER_FRAME - 1) / SAMPLES_PER_FRAME;
        assertThat(names(folder.resolve("frames"))).hasSize(frames);
        assertThat(FfmpegTool.decodePictures(film, "gray")).hasSize(frames * 368 * 560);
        final short[] heard = FfmpegTool.decodeSound(film, RATE_HZ, 1);
        assertThat(Sounds.lag(speech, heard, 1, 400))
                .as("samples that the sound is late")
                .isZero();
        assertThat(Sounds.likeness(speech, heard)).isGreaterThan(0.95);
        assertTraceFollowsSpeech(Files.readAllLines(folder.resolve("trace.csv")), speech, frames);
        assertOnlyTheFaceMoves(folder.resolve("frames"), frames);
        assertThat(ImageIO.read(folder.resolve("plot.png").toFile()).getHeight())
                .isGreaterThan(500);
    }

    /** One row per frame, all columns there; the jaw is up where nobody speaks and down somewhere where somebody does. */
    private static void assertTraceFollowsSpeech(List<String> trace, short[] speech, int frames) {
        assertThat(trace).hasSize(frames + 1);
        assertThat(trace.getFirst()).startsWith("frame,time,jaw,");
        double widest = 0;
        for (int frame = 0; frame < frames; frame++) {
            final String[] row = trace.get(frame + 1).split(",", -1);
            assertThat(row).hasSameSizeAs(trace.getFirst().split(",", -1));
            assertThat(Integer.parseInt(row[0])).isEqualTo(frame);
            widest = Math.max(widest, Double.parseDouble(row[2]));
        }
        assertThat(widest).as("widest opening of the jaw").isGreaterThan(0.2);
        assertThat(speech.length).isPositive();
    }

    /** The picture's rim stands still in every frame; the mouth does not. */
    private static void assertOnlyTheFaceMoves(Path folder, int frames) throws IOException {
        final BufferedImage first = frame(folder, 0);
        int mostAtMouth = 0;
        for (int i = 1; i < frames; i += 5) {
            final BufferedImage image = frame(folder, i);
            for (int x = 0; x < 368; x++) {
                assertThat(image.getRGB(x, 2)).isEqualTo(first.getRGB(x, 2));
                assertThat(image.getRGB(x, 555)).isEqualTo(first.getRGB(x, 555));
            }
            for (int y = 260; y < 380; y++) {
                mostAtMouth =
                        Math.max(mostAtMouth, Math.abs((image.getRGB(184, y) & 255) - (first.getRGB(184, y) & 255)));
            }
        }
        assertThat(mostAtMouth).isGreaterThan(25);
    }

    @Test
    void shouldMakeOneFilmOfOneSeedAloneOrAmongOthers(@TempDir Path folder) throws IOException {
        final Path speech = wav(folder.resolve("short.wav"), Arrays.copyOf(sample("hello"), 30_000));
        final Path alone = folder.resolve("alone.mp4");
        final Path among = folder.resolve("among.mp4");
        final Path jobs = Files.write(
                folder.resolve("films.txt"),
                List.of(
                        "av_stock_002 " + speech + " " + folder.resolve("b.mp4"),
                        "av_stock_001 " + speech + " " + among,
                        "av_stock_003 " + speech + " " + folder.resolve("c.mp4")));

        final CommandLineRun single = CommandLineRun.of("render", "av_stock_001", speech, "-o", alone);
        final CommandLineRun several = CommandLineRun.of("render", "--jobs", jobs);
        final CommandLineRun other =
                CommandLineRun.of("render", "av_stock_001", speech, "-o", folder.resolve("other.mp4"), "--seed", 2);

        assertThat(single.code()).as(single.err()).isZero();
        assertThat(several.code()).as(several.err()).isZero();
        assertThat(other.code()).as(other.err()).isZero();
        assertThat(several.out()).hasLineCount(4).contains("3 of 3 films");
        assertThat(Files.mismatch(alone, among)).isEqualTo(-1);
        assertThat(Files.mismatch(alone, folder.resolve("other.mp4"))).isNotEqualTo(-1);
    }

    @Test
    void shouldReadRawSpeechLikeFile(@TempDir Path folder) throws IOException {
        final short[] samples = Arrays.copyOf(sample("hello"), 20_000);
        final byte[] raw = new byte[samples.length * 2];
        Sounds.pcm(samples).get(raw);
        final Path piped = folder.resolve("piped.mp4");
        final Path filed = folder.resolve("filed.mp4");

        final CommandLineRun pipe = CommandLineRun.with(
                new ByteArrayInputStream(raw),
                new Interruption(),
                "render",
                "av_stock_001",
                "-",
                "--rate",
                RATE_HZ,
                "-q",
                "-o",
                piped);
        CommandLineRun.of("render", "av_stock_001", wav(folder.resolve("s.wav"), samples), "-o", filed);

        assertThat(pipe.code()).as(pipe.err()).isZero();
        assertThat(pipe.out() + pipe.err()).as("quiet").isEmpty();
        assertThat(Files.mismatch(piped, filed)).isEqualTo(-1);
    }

    @Test
    void shouldSayWhichOfSeveralFacesSpeaks(@TempDir Path folder) throws IOException {
        final Path couple = TestPortraits.write(TestPortraits.couple(), folder.resolve("couple.jpg"));
        final Path speech = wav(folder.resolve("s.wav"), new short[2_000]);

        final CommandLineRun run = CommandLineRun.of("render", couple, speech, "-o", folder.resolve("f.mp4"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("couple.jpg shows 2 faces: took the largest, on the right");
    }

    /** Flashes stand exactly in the frames that beep, and the beeps where they were. */
    @Test
    void shouldMeasurePatternToTheFrame(@TempDir Path folder) throws IOException {
        final int[] beeps = {5, 6, 20, 33};
        final short[] sound = new short[50 * SAMPLES_PER_FRAME];
        for (final int frame : beeps) {
            for (int i = 0; i < SAMPLES_PER_FRAME; i++) {
                sound[frame * SAMPLES_PER_FRAME + i] =
                        (short) Math.round(12_000 * Math.sin(2 * Math.PI * 1_000 * i / RATE_HZ));
            }
        }
        final Path film = folder.resolve("pattern.mp4");

        final CommandLineRun run = CommandLineRun.of(
                "render",
                "av_stock_001",
                wav(folder.resolve("beeps.wav"), sound),
                "-o",
                film,
                "--model",
                "pattern",
                "--size",
                "256x256");

        assertThat(run.code()).as(run.err()).isZero();
        final byte[] grey = FfmpegTool.decodePictures(film, "gray");
        assertThat(grey).hasSize(50 * 256 * 256);
        assertThat(IntStream.range(0, 50)
                        .filter(i -> (grey[i * 256 * 256 + 128 * 256 + 128] & 0xff) > 200)
                        .toArray())
                .isEqualTo(beeps);
        assertThat(Sounds.lag(sound, FfmpegTool.decodeSound(film, RATE_HZ, 1), 1, 400))
                .isZero();
    }

    @Test
    void shouldSuitFrameToTightPortrait(@TempDir Path folder) throws IOException {
        final Path tight = TestPortraits.write(
                TestPortraits.demo("av_stock_001").getSubimage(200, 140, 560, 560), folder.resolve("tight.png"));
        final Path film = folder.resolve("f.mp4");

        final CommandLineRun run =
                CommandLineRun.of("render", tight, wav(folder.resolve("s.wav"), new short[2_000]), "-o", film);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("tight.png is cropped close: the film is ");
        final List<String> size =
                FfmpegTool.probe(film, "-select_streams", "v", "-show_entries", "stream=width,height");
        assertThat(size.get(0).replace("width", "")).isEqualTo(size.get(1).replace("height", ""));
    }

    @Tag("slow")
    @Test
    void shouldServeEverySizeItNames(@TempDir Path folder) throws IOException {
        final Path speech = wav(folder.resolve("s.wav"), Arrays.copyOf(sample("hello"), 16_000));
        for (final String size : List.of("368x560", "512x512", "720x1280", "1280x720", "128x128", "1080x1920")) {
            final Path film = folder.resolve(size + ".mp4");

            final CommandLineRun run = CommandLineRun.of("render", "av_stock_002", speech, "-o", film, "--size", size);

            assertThat(run.code()).as(run.err()).isZero();
            assertThat(FfmpegTool.probe(film, "-select_streams", "v", "-show_entries", "stream=width,height"))
                    .containsExactly(
                            "width=" + size.substring(0, size.indexOf('x')),
                            "height=" + size.substring(size.indexOf('x') + 1));
        }
    }

    /** More portraits than may be alive at once: made in waves, all checked before the first. */
    @Tag("slow")
    @Test
    void shouldMakeManyFilmsInWaves(@TempDir Path folder) throws IOException {
        final Path speech = wav(folder.resolve("s.wav"), Arrays.copyOf(sample("hello"), 3_000));
        final List<String> lines = new ArrayList<>();
        for (int i = 0; i < 27; i++) {
            final Path portrait = folder.resolve("p" + i + ".jpg");
            try (InputStream in = Demo.class.getResourceAsStream("/dev/mouthpiece/demo/av_stock_002.jpg")) {
                assertThat(in).isNotNull();
                Files.copy(in, portrait);
            }
            lines.add(portrait + " " + speech + " " + folder.resolve("f" + i + ".mp4"));
        }

        final CommandLineRun run =
                CommandLineRun.of("render", "--jobs", Files.write(folder.resolve("films.txt"), lines));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("27 of 27 films");
        assertThat(Files.mismatch(folder.resolve("f0.mp4"), folder.resolve("f26.mp4")))
                .isEqualTo(-1);
    }

    @Test
    void shouldLeaveNothingWhenInterrupted(@TempDir Path folder) throws IOException {
        final Path films = Files.createDirectory(folder.resolve("films"));
        final var interruption = new Interruption();
        final byte[] raw = new byte[RATE_HZ * 2 * 60];
        // The speech itself presses Ctrl-C, after its first half minute.
        final InputStream speech = new FilterInputStream(new ByteArrayInputStream(raw)) {
            private int given;

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                final int n = super.read(target, offset, length);
                given += n;
                if (given > raw.length / 2) {
                    interruption.raise();
                }
                return n;
            }
        };

        final CommandLineRun run = CommandLineRun.with(
                speech,
                interruption,
                "render",
                "av_stock_001",
                "-",
                "--rate",
                RATE_HZ,
                "-o",
                films.resolve("film.mp4"),
                "--frames",
                films.resolve("frames"),
                "--trace",
                films.resolve("trace.csv"));

        assertThat(run.code()).isEqualTo(130);
        assertThat(run.err()).contains("interrupted");
        assertThat(names(films)).isEmpty();
    }

    private static BufferedImage frame(Path folder, int index) throws IOException {
        return ImageIO.read(folder.resolve("%06d.png".formatted(index)).toFile());
    }

    /** A shipped sample: 16 kHz mono. */
    private static short[] sample(String name) throws IOException {
        final URL url = Objects.requireNonNull(Demo.SPEECH.find(name));
        try (InputStream in = url.openStream()) {
            final byte[] bytes = in.readAllBytes();
            final ByteBuffer pcm = ByteBuffer.wrap(bytes, 44, bytes.length - 44).order(ByteOrder.LITTLE_ENDIAN);
            final short[] samples = new short[pcm.remaining() / 2];
            pcm.asShortBuffer().get(samples);
            return samples;
        }
    }

    private static Path wav(Path file, short[] samples) throws IOException {
        final ByteBuffer wav = ByteBuffer.allocate(44 + samples.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        wav.put("RIFF".getBytes(US_ASCII)).putInt(36 + samples.length * 2);
        wav.put("WAVEfmt ".getBytes(US_ASCII)).putInt(16);
        wav.putShort((short) 1).putShort((short) 1).putInt(RATE_HZ).putInt(RATE_HZ * 2);
        wav.putShort((short) 2).putShort((short) 16);
        wav.put("data".getBytes(US_ASCII)).putInt(samples.length * 2);
        wav.asShortBuffer().put(samples);
        return Files.write(file, wav.array());
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
