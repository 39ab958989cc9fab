package dev.mouthpiece.worker.film;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.Footage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VideosTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"mp4", "mov", "mkv", "webm", "avi"})
    void shouldKnowVideosByTheirFirstBytesAndReadThem(String ending) throws IOException {
        final byte[] video = made("color=red:s=64x48:r=25:d=0.2", ending);

        assertThat(Videos.isVideo(video)).isTrue();
        int pictures = 0;
        try (Footage footage = Videos.open("p", video)) {
            while (footage.next() != null) {
                pictures++;
            }
        }
        assertThat(pictures).isBetween(4, 6);
    }

    @Test
    void shouldNotTakePicturesForVideos() {
        for (final String head : List.of(
                "\u00ff\u00d8\u00ff\u00e0",
                "\u0089PNG\r\n",
                "RIFFxxxxWEBPVP8 ",
                "xxxxftypavif",
                "xxxxftypheic",
                "",
                "RIFF")) {
            assertThat(Videos.isVideo(head.getBytes(StandardCharsets.ISO_8859_1)))
                    .as(head)
                    .isFalse();
        }
    }

    @Test
    void shouldGiveTheFirstPictureAsPng() throws IOException {
        final byte[] poster = Videos.poster("p", made("color=blue:s=64x48:d=0.2", "mp4"));

        final BufferedImage image = Objects.requireNonNull(ImageIO.read(new ByteArrayInputStream(poster)));
        assertThat(image.getWidth()).isEqualTo(64);
        assertThat(image.getHeight()).isEqualTo(48);
        assertThat(image.getRGB(32, 24) & 0xff).isGreaterThan(180);
        assertThat(image.getRGB(32, 24) >> 16 & 0xff).isLessThan(70);
    }

    @Test
    void shouldRefuseWhatIsDamagedOrTooLargeAndLeaveNoFileBehind() throws IOException {
        final byte[] large = made("color=red:s=4800x3600:d=0.04", "mp4");
        final byte[] cut = java.util.Arrays.copyOf(large, 40);
        final long before = temporary();

        assertThatThrownBy(() -> Videos.open("p", large))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("4800x3600");
        assertThatThrownBy(() -> Videos.open("p", cut))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("portrait p is not a video that can be read");
        assertThat(temporary()).isEqualTo(before);
    }

    private static long temporary() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.toString().endsWith(".video")).count();
        }
    }

    private byte[] made(String source, String ending) throws IOException {
        final Path file = folder.resolve("v." + ending);
        final String codec = ending.equals("webm") ? "libvpx" : "mpeg4";
        FfmpegTool.run("-f", "lavfi", "-i", source, "-c:v", codec, file);
        return Files.readAllBytes(file);
    }
}
