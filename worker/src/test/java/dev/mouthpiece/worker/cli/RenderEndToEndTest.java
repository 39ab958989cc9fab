package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.film.FfmpegTool;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped portrait and sample through the real command, models and encoder; then a look at every frame. */
@Tag("slow")
class RenderEndToEndTest {
    private static final int WIDTH = 368;
    private static final int HEIGHT = 560;

    @TempDir
    private static Path folder;

    private static Path film;
    private static List<BufferedImage> frames;
    private static List<double[]> trace;

    @BeforeAll
    static void renderTheSample() throws IOException {
        film = folder.resolve("sample.mp4");
        run(
                "render",
                "av_stock_001",
                "hello",
                "-o",
                film,
                "--frames",
                folder.resolve("f"),
                "--trace",
                folder.resolve("t.csv"));
        frames = pictures(folder.resolve("f"));
        trace = trace(folder.resolve("t.csv"));
    }

    @Test
    void shouldHaveOnePicturePerFrameTimeAndBothStreamsFromZero() throws IOException {
        final double seconds = sampleSeconds();
        assertThat(frames).hasSize((int) Math.ceil(seconds * 25 - 1e-9));
        assertThat(trace).hasSameSizeAs(frames);
        assertThat(FfmpegTool.probe(film, "-show_entries", "stream=codec_name,start_time,width,height"))
                .contains("codec_name=h264", "codec_name=aac", "width=" + WIDTH, "height=" + HEIGHT)
                .filteredOn(line -> line.startsWith("start_time"))
                .containsOnly("start_time=0.000000");
    }

    @Test
    void shouldKeepTheBackgroundStillInEveryFrame() {
        final BufferedImage first = frames.getFirst();
        for (final BufferedImage frame : frames) {
            int moved = 0;
            for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                    // The patch of 320 px lies between these: nothing outside of it may ever change.
                    final boolean outside = x < 16 || x >= 352 || y < 40 || y >= 440;
                    moved += outside && frame.getRGB(x, y) != first.getRGB(x, y) ? 1 : 0;
                }
            }
            assertThat(moved).isZero();
        }
    }

    @Test
    void shouldOpenTheMouthWhenTheSpeechDoesAndCloseItInSilence() {
        // The cavity behind open lips is dark: the darkest pixels around the mouth follow the jaw.
        final List<Double> dark = new ArrayList<>();
        final List<Double> jaw = new ArrayList<>();
        for (int i = 0; i < frames.size(); i++) {
            dark.add(-darkness(frames.get(i)));
            jaw.add(trace.get(i)[0] * (1 - trace.get(i)[3]));
        }

        assertThat(correlation(dark, jaw)).isGreaterThan(0.6);
        assertThat(jaw.stream().mapToDouble(Double::doubleValue).max().orElse(0))
                .isGreaterThan(0.4);
        assertThat(jaw.getFirst()).isLessThan(0.05);
    }

    @Test
    void shouldBlinkAndMoveALittleAllTheTimeWithoutJumps() {
        for (int i = 1; i < frames.size(); i++) {
            final double change = change(frames.get(i - 1), frames.get(i));
            assertThat(change).as("frame %d", i).isPositive().isLessThan(9);
        }
    }

    @Test
    void shouldMakeTheSameFilmByteForByteWithTheSameSeedAndAnotherWithAnother() throws IOException {
        final Path again = folder.resolve("again.mp4");
        final Path other = folder.resolve("other.mp4");
        run("render", "av_stock_001", "hello", "-o", again);
        run("render", "av_stock_001", "hello", "-o", other, "--seed", "2");

        assertThat(Files.mismatch(again, film)).isEqualTo(-1);
        assertThat(Files.mismatch(again, other)).isNotEqualTo(-1);
    }

    @Test
    void shouldMakeTheSamePicturesAmongOtherFilmsAsAlone() throws IOException {
        final Path jobs = folder.resolve("jobs.txt");
        Files.write(
                jobs,
                List.of(
                        "av_stock_002 lips " + folder.resolve("x.mp4"),
                        "av_stock_001 hello " + folder.resolve("y.mp4"),
                        "av_stock_003 house " + folder.resolve("z.mp4")));
        run("render", "--jobs", jobs);

        assertThat(Files.mismatch(folder.resolve("y.mp4"), film)).isEqualTo(-1);
    }

    @Test
    void shouldFlashExactlyOnTheBeepWithThePatternModel() throws IOException {
        final int rateHz = 48_000;
        final int[] beepFrames = {13, 40, 71, 99};
        final Path beeps = folder.resolve("beeps.raw");
        Files.write(beeps, beeps(rateHz, 125, beepFrames));
        final Path wav = folder.resolve("beeps.wav");
        FfmpegTool.run("-f", "s16le", "-ar", rateHz, "-ac", 1, "-i", beeps, wav);
        final Path flashes = folder.resolve("flashes.mp4");

        run("render", "av_stock_001", wav, "--model", "pattern", "-o", flashes);

        final byte[] luma = luma(flashes);
        final short[] sound = FfmpegTool.decodeSound(flashes, rateHz, 1);
        final int plane = luma.length / 125;
        int white = 0;
        for (int frame = 1; frame < 125; frame++) {
            final boolean flash =
                    mean(luma, frame * plane, plane) > 180 && mean(luma, (frame - 1) * plane, plane) < 180;
            if (flash) {
                assertThat(frame).isEqualTo(beepFrames[white++]);
                assertThat(Math.abs(onset(sound, rateHz, frame) - frame * rateHz / 25))
                        .isLessThan(rateHz / 500);
            }
        }
        assertThat(white).isEqualTo(beepFrames.length);
    }

    private static void run(Object... words) {
        final String[] arguments = Stream.of(words).map(Object::toString).toArray(String[]::new);
        final var said = new ByteArrayOutputStream();
        final var stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        final int code = new Cli(
                        new Terminal(InputStream.nullInputStream(), stream, stream, 0, true, new Interruption()))
                .run(arguments);
        assertThat(code).as(said.toString(StandardCharsets.UTF_8)).isZero();
    }

    private static double sampleSeconds() throws IOException {
        try (InputStream sample = Cli.class.getResourceAsStream("/dev/mouthpiece/demo/speech/hello.wav")) {
            final Path wav = folder.resolve("hello.wav");
            Files.write(wav, java.util.Objects.requireNonNull(sample).readAllBytes());
            return FfmpegTool.decodeSound(wav, 16_000, 1).length / 16_000.0;
        }
    }

    private static List<BufferedImage> pictures(Path from) throws IOException {
        final List<BufferedImage> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(from)) {
            for (final Path file : files.sorted().toList()) {
                all.add(ImageIO.read(file.toFile()));
            }
        }
        return all;
    }

    private static List<double[]> trace(Path csv) throws IOException {
        final List<double[]> rows = new ArrayList<>();
        for (final String line : Files.readAllLines(csv).subList(1, frames.size() + 1)) {
            final String[] cells = line.split(",", -1);
            final double[] row = new double[cells.length - 2];
            for (int i = 0; i < row.length; i++) {
                row[i] = Double.parseDouble(cells[i + 2]);
            }
            rows.add(row);
        }
        return rows;
    }

    /** Mean luma of the darkest tenth of the pixels around the mouth of av_stock_001. */
    private static double darkness(BufferedImage frame) {
        final int[] histogram = new int[256];
        int count = 0;
        for (int y = 280; y < 330; y++) {
            for (int x = 145; x < 220; x++) {
                histogram[luma(frame.getRGB(x, y))]++;
                count++;
            }
        }
        double sum = 0;
        int taken = 0;
        for (int level = 0; level < 256 && taken < count / 10; level++) {
            sum += (double) level * histogram[level];
            taken += histogram[level];
        }
        return sum / taken;
    }

    private static int luma(int rgb) {
        return (int) (0.299 * (rgb >> 16 & 0xff) + 0.587 * (rgb >> 8 & 0xff) + 0.114 * (rgb & 0xff));
    }

    private static double change(BufferedImage a, BufferedImage b) {
        double sum = 0;
        for (int y = 100; y < 380; y += 2) {
            for (int x = 90; x < 280; x += 2) {
                sum += Math.abs(luma(a.getRGB(x, y)) - luma(b.getRGB(x, y)));
            }
        }
        return sum / (140 * 95);
    }

    private static double correlation(List<Double> a, List<Double> b) {
        final double meanA =
                a.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        final double meanB =
                b.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.size(); i++) {
            ab += (a.get(i) - meanA) * (b.get(i) - meanB);
            aa += (a.get(i) - meanA) * (a.get(i) - meanA);
            bb += (b.get(i) - meanB) * (b.get(i) - meanB);
        }
        return ab / Math.sqrt(aa * bb);
    }

    /** The decoded film's luma planes, one after another. */
    private static byte[] luma(Path mp4) throws IOException {
        final Path raw = folder.resolve("luma.raw");
        FfmpegTool.run("-i", mp4, "-vf", "extractplanes=y", "-pix_fmt", "gray", "-f", "rawvideo", raw);
        return Files.readAllBytes(raw);
    }

    private static double mean(byte[] luma, int from, int length) {
        long sum = 0;
        for (int i = from; i < from + length; i++) {
            sum += luma[i] & 0xff;
        }
        return (double) sum / length;
    }

    /** First sample around a frame's start that is loud. */
    private static int onset(short[] sound, int rateHz, int frame) {
        int at = frame * rateHz / 25 - rateHz / 20;
        while (Math.abs(sound[at]) < 4_000) {
            at++;
        }
        return at;
    }

    private static byte[] beeps(int rateHz, int frameCount, int[] beepFrames) {
        final ByteBuffer pcm = ByteBuffer.allocate(frameCount * rateHz / 25 * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (final int frame : beepFrames) {
            for (int i = 0; i < rateHz / 10; i++) {
                final double sample = 20_000 * Math.sin(2 * Math.PI * 1_000 * i / rateHz);
                pcm.putShort((frame * rateHz / 25 + i) * 2, (short) sample);
            }
        }
        return pcm.array();
    }
}
