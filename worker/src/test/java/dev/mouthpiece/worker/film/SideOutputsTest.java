package dev.mouthpiece.worker.film;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.Rgb;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SideOutputsTest {
    private static final PcmFormat SPEECH = new PcmFormat(16_000, 1);
    private static final List<Manifest.Parameter> FEATURES =
            List.of(new Manifest.Parameter("jaw", 0, 1, 0), new Manifest.Parameter("smile", -1, 1, 0));

    @Test
    void shouldWriteOnePngPerFrame(@TempDir Path folder) throws IOException {
        final Path target = folder.resolve("frames");
        final I420Frame frame = new I420Frame(160, 128);
        final ByteBuffer rgb = ByteBuffer.allocateDirect(Rgb.sizeBytes(160, 128));
        for (int i = 0; i < rgb.capacity(); i += 3) {
            rgb.put(i, (byte) 200).put(i + 1, (byte) 120).put(i + 2, (byte) 60);
        }
        Rgb.toI420(rgb, frame);

        try (FilmOutput output = new FrameFolderOutput(target)) {
            output.start(160, 128, 25, SPEECH);
            output.video(frame);
            output.video(new I420Frame(160, 128));
            assertThat(target).doesNotExist();
            output.finish();
        }

        assertThat(Mp4OutputTest.names(target)).containsExactly("000000.png", "000001.png");
        assertThat(Mp4OutputTest.names(folder)).containsExactly("frames");
        final int pixel = ImageIO.read(target.resolve("000000.png").toFile()).getRGB(80, 60);
        assertThat(pixel >> 16 & 0xff).isBetween(198, 202);
        assertThat(pixel >> 8 & 0xff).isBetween(118, 122);
        assertThat(pixel & 0xff).isBetween(58, 62);
    }

    @Test
    void shouldRefuseFolderThatHoldsSomething(@TempDir Path folder) throws IOException {
        Files.createFile(folder.resolve("mine.txt"));

        assertThatThrownBy(() -> new FrameFolderOutput(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is not an empty folder");
        assertThat(Mp4OutputTest.names(folder)).containsExactly("mine.txt");
    }

    @Test
    void shouldFillEmptyFolder(@TempDir Path folder) throws IOException {
        final Path target = Files.createDirectory(folder.resolve("frames"));

        try (FilmOutput output = new FrameFolderOutput(target)) {
            output.start(160, 128, 25, SPEECH);
            output.video(new I420Frame(160, 128));
            output.finish();
        }

        assertThat(Mp4OutputTest.names(target)).containsExactly("000000.png");
    }

    @Test
    void shouldTraceEveryFeatureOfEveryFrame(@TempDir Path folder) throws IOException {
        final Path target = folder.resolve("trace.csv");

        try (FilmOutput output = new TraceOutput(target, List.of("jaw", "smile"))) {
            output.start(160, 128, 25, SPEECH);
            output.features(new float[] {0, -0.25f});
            output.features(new float[] {1 / 3f, 1e-9f});
            output.finish();
        }

        assertThat(Files.readAllLines(target))
                .containsExactly("frame,time,jaw,smile", "0,0.000,0.0000,-0.2500", "1,0.040,0.3333,0.0000");
    }

    @Test
    void shouldPlotWaveformAboveOneLanePerFeature(@TempDir Path folder) throws IOException {
        final Path target = folder.resolve("plot.png");

        try (FilmOutput output = new PlotOutput(target, FEATURES)) {
            output.start(160, 128, 25, SPEECH);
            for (int frame = 0; frame < 50; frame++) {
                output.features(new float[] {frame / 50f, 0});
            }
            output.audio(Sounds.pcm(Sounds.bursts(16_000, 1, 32_000, 16_000)));
            output.finish();
        }

        final BufferedImage plot = ImageIO.read(target.toFile());
        assertThat(plot.getWidth()).isGreaterThan(900);
        final int second = 84 + 900 / 2;
        assertThat(plot.getRGB(second + 10, 79 - 15)).as("the burst").isEqualTo(0xff5b6b7a);
        assertThat(plot.getRGB(second - 10, 79 - 15)).as("silence before it").isEqualTo(-1);
    }

    @Test
    void shouldPlotSpeechOfModelWithoutFeatures(@TempDir Path folder) {
        final Path target = folder.resolve("plot.png");

        try (FilmOutput output = new PlotOutput(target, List.of())) {
            output.start(160, 128, 25, SPEECH);
            output.audio(Sounds.pcm(new short[10]));
            output.finish();
        }

        assertThat(target).exists();
    }

    @Test
    void shouldCloseEveryOutputWhenOneFails() {
        final List<String> closed = new ArrayList<>();
        final FilmOutput first = new Closing(() -> {
            closed.add("first");
            throw new FilmException("first");
        });
        final FilmOutput second = new Closing(() -> closed.add("second"));

        assertThatThrownBy(() -> new TeeOutput(List.of(first, second)).close()).hasMessage("first");
        assertThat(closed).containsExactly("first", "second");
    }

    private record Closing(Runnable onClose) implements FilmOutput {
        @Override
        public void start(int width, int height, int fps, PcmFormat audio) {}

        @Override
        public void video(I420Frame frame) {}

        @Override
        public void audio(ByteBuffer pcm) {}

        @Override
        public void finish() {}

        @Override
        public void close() {
            onClose.run();
        }
    }
}
