package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.film.FfmpegTool;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A package of the importer's form through the real command: its face's box is found, painted and laid back. The network is a
 * sketch ({@code models/python/imports/sketch.py}) that paints the lower half of the box, the lighter the louder the speech.
 */
@Tag("slow")
class BoxModelTest {
    private static final int RATE_HZ = 16_000;
    private static final int FRAMES = 60;
    private static final int LOUD_FROM = 20;
    private static final int LOUD_TO = 40;

    @TempDir
    private static Path folder;

    private static List<BufferedImage> frames;

    @BeforeAll
    static void render() throws IOException {
        frames = render("av_stock_001", "f", speech());
    }

    private static List<BufferedImage> render(Object portrait, String name, Path wav) throws IOException {
        final Path pictures = folder.resolve(name);
        final Path sketch = Path.of(
                System.getProperty("mouthpiece.root"), "models", "src", "test", "resources", "packages", "sketch");
        final CommandLineRun run = CommandLineRun.of(
                "render", portrait, wav, "--model", sketch, "-o", folder.resolve(name + ".mp4"), "--frames", pictures);
        assertThat(run.code()).as(run.err()).isZero();
        final List<BufferedImage> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(pictures)) {
            for (final Path file : files.sorted().toList()) {
                all.add(ImageIO.read(file.toFile()));
            }
        }
        return all;
    }

    @Test
    void shouldPaintTheMouthTheLighterTheLouderTheSpeech() {
        assertThat(frames).hasSize(FRAMES);
        final double quiet = mouth(10);

        assertThat(mouth(LOUD_FROM + 5)).isGreaterThan(quiet + 20);
        assertThat(mouth(LOUD_TO - 5)).isGreaterThan(quiet + 20);
        assertThat(mouth(FRAMES - 5)).isBetween(quiet - 1, quiet + 1);
        // What a frame hears reaches 200 ms: long before and after, nothing is heard.
        assertThat(mouth(LOUD_FROM - 8)).isBetween(quiet - 1, quiet + 1);
    }

    @Test
    void shouldLeaveEverythingElseAsItIs() {
        final BufferedImage quiet = frames.get(10);
        // Until frame 10 the painted box fades in.
        for (final BufferedImage frame : frames.subList(10, FRAMES)) {
            int moved = 0;
            for (int y = 0; y < frame.getHeight(); y++) {
                for (int x = 0; x < frame.getWidth(); x++) {
                    // Above the middle of the box (the network's mask begins there) and beside it.
                    final boolean outside = y < 256 || y > 364 || x < 94 || x > 274;
                    moved += outside && frame.getRGB(x, y) != quiet.getRGB(x, y) ? 1 : 0;
                }
            }
            assertThat(moved).isZero();
        }
    }

    @Test
    void shouldShowAVideoForthAndBackUnderTheSpeech() throws IOException {
        // The picture slides by two pixels a frame: six frames there, and back.
        final Path portrait = folder.resolve("p.jpg");
        try (InputStream demo = Cli.class.getResourceAsStream("/dev/mouthpiece/demo/av_stock_001.jpg")) {
            Files.write(portrait, Objects.requireNonNull(demo).readAllBytes());
        }
        final Path video = folder.resolve("p.mp4");
        FfmpegTool.run(
                "-loop",
                1,
                "-framerate",
                25,
                "-i",
                portrait,
                "-frames:v",
                6,
                "-vf",
                "scale=-2:800,crop=iw-20:ih-20:2*n:10,format=yuv420p",
                "-c:v",
                "mpeg4",
                "-q:v",
                1,
                video);

        final List<BufferedImage> shown = render(video, "v", speech());

        final BufferedImage first = shown.get(10);
        assertThat(difference(shown.get(11), first)).isGreaterThan(0.3);
        assertThat(difference(shown.get(20), first)).isLessThan(0.05);
        assertThat(difference(shown.get(16), shown.get(14))).isLessThan(0.05);
        assertThat(difference(shown.get(15), shown.get(14))).isGreaterThan(0.3);
    }

    @Test
    void shouldRefuseAVideoForAModelThatSpeaksOnPictures() {
        final Path video = folder.resolve("no.mp4");
        FfmpegTool.run("-f", "lavfi", "-i", "testsrc=d=0.2:s=320x240", "-c:v", "mpeg4", video);

        CommandLineRun.of("render", video, "hello", "-o", folder.resolve("n.mp4"))
                .assertRefused("no.mp4 is a video, and model puppet speaks on pictures", "model import");
    }

    /** Mean difference of the parts that no patch touches. */
    private static double difference(BufferedImage a, BufferedImage b) {
        long sum = 0;
        for (int y = 100; y < 240; y++) {
            for (int x = 0; x < a.getWidth(); x++) {
                sum += Math.abs((a.getRGB(x, y) >> 8 & 0xff) - (b.getRGB(x, y) >> 8 & 0xff));
            }
        }
        return sum / (140.0 * a.getWidth());
    }

    /** Mean green around the mouth of av_stock_001. */
    private static double mouth(int frame) {
        long sum = 0;
        for (int y = 285; y < 325; y++) {
            for (int x = 150; x < 215; x++) {
                sum += frames.get(frame).getRGB(x, y) >> 8 & 0xff;
            }
        }
        return sum / (40.0 * 65);
    }

    /** Silence, a voice of many partials, silence. */
    private static Path speech() throws IOException {
        final ByteBuffer pcm = ByteBuffer.allocate(FRAMES * RATE_HZ / 25 * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = LOUD_FROM * RATE_HZ / 25; i < LOUD_TO * RATE_HZ / 25; i++) {
            double voice = 0;
            for (int partial = 1; partial <= 40; partial++) {
                voice += Math.sin(2 * Math.PI * 150 * partial * i / RATE_HZ + partial * partial) / 8;
            }
            pcm.putShort(2 * i, (short) (6_000 * voice));
        }
        final Path raw = folder.resolve("s.raw");
        Files.write(raw, pcm.array());
        final Path wav = folder.resolve("s.wav");
        FfmpegTool.run("-f", "s16le", "-ar", RATE_HZ, "-ac", 1, "-i", raw, wav);
        return wav;
    }
}
