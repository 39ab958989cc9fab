package dev.mouthpiece.worker.avatar;

import static dev.mouthpiece.worker.avatar.TestPictures.encode;
import static dev.mouthpiece.worker.avatar.TestPictures.quarters;
import static dev.mouthpiece.worker.avatar.TestPictures.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.BadInputException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortraitReaderTest {
    private static final int HEADER_BYTES = 32;
    private static final int RED = 0xff0000;
    private static final int GREEN = 0x00ff00;
    private static final int BLUE = 0x0000ff;
    private static final int WHITE = 0xffffff;

    /** What EXIF's orientation 1..8 makes of stored quarters red, green / blue, white: upright, clockwise from top left. */
    @ParameterizedTest
    @CsvSource({
        "1, red, green, white, blue",
        "2, green, red, blue, white",
        "3, white, blue, red, green",
        "4, blue, white, green, red",
        "5, red, blue, white, green",
        "6, blue, red, green, white",
        "7, white, green, red, blue",
        "8, green, white, blue, red",
        "9, red, green, white, blue",
    })
    void shouldTurnJpegUprightWhenExifSaysSo(
            int orientation, String topLeft, String topRight, String bottomRight, String bottomLeft) {
        final byte[] plain = encode(quarters(320, 200, BufferedImage.TYPE_INT_RGB), "jpeg");

        final Picture picture = read(TestPictures.withOrientation(plain, orientation));

        final boolean isTurned = orientation >= 5 && orientation <= 8;
        assertThat(picture.width()).isEqualTo(isTurned ? 200 : 320);
        assertThat(picture.height()).isEqualTo(isTurned ? 320 : 200);
        final int right = picture.width() - 20;
        final int bottom = picture.height() - 20;
        assertColour(picture, 20, 20, colour(topLeft));
        assertColour(picture, right, 20, colour(topRight));
        assertColour(picture, right, bottom, colour(bottomRight));
        assertColour(picture, 20, bottom, colour(bottomLeft));
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR,
                BufferedImage.TYPE_BYTE_INDEXED,
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB
            })
    void shouldReadPngOfEveryKind(int type) {
        final Picture picture = read(encode(quarters(200, 160, type), "png"));

        assertColour(picture, 10, 10, RED);
        assertColour(picture, 190, 10, GREEN);
        assertColour(picture, 10, 150, BLUE);
        assertColour(picture, 190, 150, WHITE);
    }

    @ParameterizedTest
    @CsvSource({"10, png", "11, png", "10, jpeg"})
    void shouldKeepGreyAsBrightAsStored(int type, String format) {
        final var image = new BufferedImage(140, 140, type);
        for (int y = 0; y < 140; y++) {
            for (int x = 0; x < 140; x++) {
                image.getRaster().setSample(x, y, 0, type == BufferedImage.TYPE_BYTE_GRAY ? 90 : 90 << 8);
            }
        }

        assertColour(read(encode(image, format)), 70, 70, 0x5a5a5a);
    }

    @Test
    void shouldLayTransparentPictureOverQuietGrey() {
        final var image = new BufferedImage(160, 160, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(5, 5, 0x80ff0000);
        image.setRGB(6, 5, 0xff0000ff);

        final Picture picture = read(encode(image, "png"));

        assertColour(picture, 100, 100, ImageRows.BACKGROUND_RGB);
        assertColour(picture, 6, 5, BLUE);
        assertColour(picture, 5, 5, 0xea6a68);
    }

    @Test
    void shouldReadLossyWebp() {
        final Picture picture = read(TestPictures.WEBP_LOSSY);

        assertThat(picture.width()).isEqualTo(160);
        assertThat(picture.height()).isEqualTo(130);
        assertColour(picture, 20, 60, 0xfe0000, 6);
        assertColour(picture, 140, 60, 0x0000fe, 6);
    }

    @Test
    void shouldReadTransparentLosslessWebp() {
        final Picture picture = read(TestPictures.WEBP_TRANSPARENT);

        assertColour(picture, 20, 60, RED);
        assertColour(picture, 140, 60, ImageRows.BACKGROUND_RGB);
    }

    @Test
    void shouldConvertFromEmbeddedProfile() {
        final ICC_Profile linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB);
        final var image = new BufferedImage(160, 160, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 160 * 160; i++) {
            image.setRGB(i % 160, i / 160, 0x373737);
        }

        final Picture jpeg = read(TestPictures.withProfile(encode(image, "jpeg"), linear));
        final Picture png = read(TestPictures.pngWithProfile(160, 160, 0x373737, linear));

        // 0x37 of linear light is 0x80 to an sRGB screen.
        assertColour(jpeg, 80, 80, 0x808080, 3);
        assertColour(png, 80, 80, 0x808080, 3);
    }

    @Test
    void shouldReadFourColourJpegs() {
        final Picture plainInks = read(TestPictures.fourColourJpeg(160, 160, new int[] {0, 255, 255, 0}, null));
        final Picture adobeInks = read(TestPictures.fourColourJpeg(160, 160, new int[] {255, 0, 0, 255}, 0));
        final Picture ycck = read(TestPictures.fourColourJpeg(160, 160, new int[] {179, 171, 1, 255}, 2));

        assertColour(plainInks, 80, 80, RED, 4);
        assertColour(adobeInks, 80, 80, RED, 4);
        assertColour(ycck, 80, 80, 0xfe0000, 6);
    }

    @Test
    void shouldHalvePictureThatNoFrameCouldShow() {
        final Picture picture = read(encode(quarters(5000, 200, BufferedImage.TYPE_3BYTE_BGR), "png"));

        assertThat(picture.width()).isEqualTo(2500);
        assertThat(picture.height()).isEqualTo(100);
        assertColour(picture, 1249, 20, RED);
        assertColour(picture, 1250, 20, GREEN);
        assertColour(picture, 2499, 99, WHITE);
    }

    @Test
    void shouldRefuseBombBeforeDecodingIt() {
        assertRefused(TestPictures.pngHeader(30_000, 30_000), "is too large: 30000x30000 px", "8192", "scale it down");
        assertRefused(TestPictures.pngHeader(8193, 500), "is too large");
        assertRefused(TestPictures.webpHeader(4097, 4096), "is too large for a WebP: 4097x4096 px", "PNG or JPEG");
    }

    @Test
    void shouldRefuseTinyPicture() {
        final byte[] tiny = encode(quarters(127, 300, BufferedImage.TYPE_INT_RGB), "png");

        assertRefused(tiny, "is too small: 127x300 px", "128", "larger picture");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "webp"})
    void shouldRefusePictureThatIsCutShort(String format) {
        final byte[] whole = format.equals("webp")
                ? TestPictures.WEBP_TRANSPARENT
                : encode(quarters(400, 400, BufferedImage.TYPE_INT_RGB), format);

        for (final double share : new double[] {0.3, 0.6, 0.95}) {
            final byte[] part = Arrays.copyOf(whole, (int) (whole.length * share));
            assertThatThrownBy(() -> read(part))
                    .as("%s of %s", share, format)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageMatching("portrait p (is cut short|is a damaged [A-Z]+).*")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void shouldRefuseDamagedPicture() {
        final byte[] png = encode(quarters(400, 400, BufferedImage.TYPE_INT_RGB), "png");
        Arrays.fill(png, 60, 120, (byte) 0x55);

        assertRefused(png, "is a damaged PNG", "save it again");
    }

    /** Whatever is in a file, the reader gives a picture or says in one line why not. */
    @Test
    void shouldSurviveAnyDamage() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final List<byte[]> originals = List.of(
                encode(quarters(200, 150, BufferedImage.TYPE_INT_RGB), "png"),
                encode(quarters(200, 150, BufferedImage.TYPE_BYTE_INDEXED), "png"),
                TestPictures.withOrientation(encode(quarters(200, 150, BufferedImage.TYPE_INT_RGB), "jpeg"), 6),
                TestPictures.fourColourJpeg(160, 160, new int[] {255, 0, 0, 255}, 2),
                TestPictures.WEBP_LOSSY,
                TestPictures.WEBP_TRANSPARENT);
        for (int i = 0; i < 600; i++) {
            final byte[] bytes = originals.get(i % originals.size()).clone();
            for (int hits = 1 + random.nextInt(8); hits > 0; hits--) {
                // Beyond the header, which says how large the picture is: large ones are another test.
                bytes[HEADER_BYTES + random.nextInt(bytes.length - HEADER_BYTES)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(read(bytes).width()).isBetween(64, PortraitReader.MAX_SIDE_PX);
            } catch (BadInputException e) {
                assertThat(e).as("seed %d, case %d", seed, i).hasMessageNotContaining("\n");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", case " + i, e);
            }
        }
    }

    @Test
    void shouldRefuseAnimatedPicture() {
        final byte[] png = encode(quarters(200, 200, BufferedImage.TYPE_INT_RGB), "png");

        assertRefused(TestPictures.animatedPng(png), "is animated: give a still picture");
        assertRefused(TestPictures.animatedWebp(), "is animated: give a still picture");
    }

    @Test
    void shouldNameWhatWasGivenInsteadOfPicture() {
        assertRefused(new byte[0], "is empty", "PNG, JPEG or WebP");
        assertRefused(ascii("GIF89a........"), "is a GIF picture", "PNG, JPEG or WebP");
        assertRefused(ascii("\0\0\0\30ftypheic...."), "is a HEIC picture");
        assertRefused(ascii("\0\0\0\30ftypisom...."), "is a video");
        assertRefused(ascii("<?xml version='1.0'?>\n<svg xmlns"), "is an SVG drawing");
        assertRefused(ascii("hello"), "is not a picture");
    }

    @Test
    void shouldRefuseWhatIsNoReadableFile(@TempDir Path folder) throws IOException {
        final Path file = folder.resolve("nobody.png");

        assertThatThrownBy(() -> PortraitReader.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nobody.png does not exist");
        assertThatThrownBy(() -> PortraitReader.read(Files.createDirectory(file)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nobody.png is not a file");
    }

    @Test
    void shouldTellPictureByContentWhateverItsName(@TempDir Path folder) throws IOException {
        final Path file = Files.write(
                folder.resolve("portrait.txt"), encode(quarters(130, 130, BufferedImage.TYPE_INT_RGB), "png"));

        assertThat(PortraitReader.read(file).width()).isEqualTo(130);
    }

    private static void assertRefused(byte[] bytes, String... words) {
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("portrait p ")
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("\n");
    }

    private static void assertColour(Picture picture, int x, int y, int rgb) {
        assertColour(picture, x, y, rgb, 3);
    }

    private static void assertColour(Picture picture, int x, int y, int rgb, int tolerance) {
        final int at = (y * picture.width() + x) * 3;
        for (int c = 0; c < 3; c++) {
            assertThat(picture.rgb().get(at + c) & 0xff)
                    .as("channel %d at %d,%d", c, x, y)
                    .isBetween((rgb >> (16 - 8 * c) & 0xff) - tolerance, (rgb >> (16 - 8 * c) & 0xff) + tolerance);
        }
    }

    private static int colour(String name) {
        return switch (name) {
            case "red" -> RED;
            case "green" -> GREEN;
            case "blue" -> BLUE;
            default -> WHITE;
        };
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Picture read(byte[] bytes) {
        try {
            return PortraitReader.read("p", stream(bytes));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
