package dev.mouthpiece.worker.film;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VideoReaderTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"25, 50", "30, 50", "60, 50", "10, 50"})
    void shouldGiveTwentyFivePicturesASecondWhateverTheRate(int fps, int expected) {
        final List<Picture> pictures = read(made("color=red:s=64x48:r=" + fps + ":d=2"));

        assertThat(pictures.size()).isBetween(expected - 3, expected + 1);
        assertThat(pictures).allMatch(picture -> picture.width() == 64 && picture.height() == 48);
    }

    @Test
    void shouldKeepColoursAndPlaces() {
        final Path file = made("color=red:s=64x48:d=0.2,drawbox=x=0:y=0:w=32:h=24:color=blue:t=fill");

        final Picture picture = read(file).getFirst();

        assertThat(rgb(picture, 8, 6)).satisfies(VideoReaderTest::isBlue);
        assertThat(rgb(picture, 56, 6)).satisfies(VideoReaderTest::isRed);
        assertThat(rgb(picture, 8, 42)).satisfies(VideoReaderTest::isRed);
    }

    @Test
    void shouldMakeLargePicturesSmaller() {
        final Picture picture = read(made("color=red:s=2560x1440:d=0.1")).getFirst();

        assertThat(picture.width()).isEqualTo(1280);
        assertThat(picture.height()).isEqualTo(720);
    }

    /** Phones film lying and tell how to turn it. */
    @Test
    void shouldTurnPicturesUprightAsTheFileTells() {
        final Path lying = made("color=red:s=64x48:d=0.2,drawbox=x=0:y=0:w=32:h=24:color=blue:t=fill");
        final Path told = folder.resolve("told.mp4");
        // Counter-clockwise, as FFmpeg counts: to be seen upright it is turned clockwise by 90 degrees.
        FfmpegTool.run("-display_rotation", "-90", "-i", lying, "-c", "copy", told);

        final Picture picture = read(told).getFirst();

        assertThat(picture.width()).isEqualTo(48);
        assertThat(picture.height()).isEqualTo(64);
        assertThat(rgb(picture, 40, 8)).satisfies(VideoReaderTest::isBlue);
        assertThat(rgb(picture, 8, 8)).satisfies(VideoReaderTest::isRed);
    }

    @Test
    void shouldSayWhatIsWrongWithAFile() throws IOException {
        final Path text = Files.writeString(folder.resolve("text.mp4"), "no video");
        final Path sound = folder.resolve("sound.mp4");
        FfmpegTool.run("-f", "lavfi", "-i", "sine=d=0.5", sound);

        assertThatThrownBy(() -> VideoReader.open(text))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("text.mp4");
        assertThatThrownBy(() -> VideoReader.open(sound))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no picture");
        assertThatThrownBy(() -> VideoReader.open(folder.resolve("none.mp4")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void shouldKnowVideosByTheirNames() {
        assertThat(List.of("a.mp4", "b.MOV", "/c/d.webm")).allMatch(VideoReader::isVideo);
        assertThat(List.of("a.png", "mp4", "a.mp4.jpg", "av_stock_001")).noneMatch(VideoReader::isVideo);
    }

    private Path made(String source) {
        final Path file = folder.resolve("v.mp4");
        FfmpegTool.run("-f", "lavfi", "-i", source, "-c:v", "mpeg4", "-q:v", 2, file);
        return file;
    }

    private static List<Picture> read(Path file) {
        final List<Picture> all = new ArrayList<>();
        try (VideoReader reader = VideoReader.open(file)) {
            for (Picture next = reader.next(); next != null; next = reader.next()) {
                all.add(next);
            }
        }
        return all;
    }

    private static int[] rgb(Picture picture, int x, int y) {
        final int at = 3 * (y * picture.width() + x);
        return new int[] {
            picture.rgb().get(at) & 0xff,
            picture.rgb().get(at + 1) & 0xff,
            picture.rgb().get(at + 2) & 0xff
        };
    }

    private static void isRed(int[] rgb) {
        assertThat(rgb[0]).isGreaterThan(180);
        assertThat(rgb[2]).isLessThan(70);
    }

    private static void isBlue(int[] rgb) {
        assertThat(rgb[2]).isGreaterThan(180);
        assertThat(rgb[0]).isLessThan(70);
    }
}
