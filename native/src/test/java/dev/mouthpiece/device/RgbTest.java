package dev.mouthpiece.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RgbTest {
    @Test
    void shouldGiveBackColourWithinALevelOrTwoWhenPictureIsPlain() {
        for (int colour = 0; colour < 512; colour++) {
            final int[] expected = {colour % 8 * 36, colour / 8 % 8 * 36, colour / 64 * 36};
            final ByteBuffer rgb = plain(5, 3, expected);
            final I420Frame frame = new I420Frame(5, 3);
            final ByteBuffer back = ByteBuffer.allocate(Rgb.sizeBytes(5, 3));

            Rgb.toI420(rgb, frame);
            Rgb.fromI420(frame, back);

            for (int i = 0; i < back.capacity(); i++) {
                assertThat(back.get(i) & 0xff).isBetween(expected[i % 3] - 2, expected[i % 3] + 2);
            }
        }
    }

    @Test
    void shouldGiveBlackAndWhiteExactly() {
        final I420Frame frame = new I420Frame(2, 2);
        final ByteBuffer back = ByteBuffer.allocate(12);
        for (int level = 0; level <= 255; level += 255) {
            Rgb.toI420(plain(2, 2, new int[] {level, level, level}), frame);
            Rgb.fromI420(frame, back);
            assertThat(back).isEqualTo(plain(2, 2, new int[] {level, level, level}));
        }
    }

    @Test
    void shouldRefuseWhenPictureIsSmallerThanFrame() {
        assertThatThrownBy(() -> Rgb.toI420(ByteBuffer.allocate(11), new I420Frame(2, 2)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldRefuseStillFrameWhenPictureHasWrongSize() {
        assertThatThrownBy(() -> new StillFrame(4, 4, ByteBuffer.allocateDirect(47)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("width=4 height=4 bytes=47");
    }

    private static ByteBuffer plain(int width, int height, int[] colour) {
        final ByteBuffer rgb = ByteBuffer.allocateDirect(Rgb.sizeBytes(width, height));
        for (int i = 0; i < rgb.capacity(); i++) {
            rgb.put(i, (byte) colour[i % 3]);
        }
        return rgb;
    }
}
