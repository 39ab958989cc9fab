package dev.mouthpiece.model.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.FaceFinder.FaceScan;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.Shipped;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The shipped face package, loaded once for all tests. */
class TorchFaceFinderTest {
    private static FaceFinder finder;
    private static ByteBuffer picture;
    private static int width;
    private static int height;

    @BeforeAll
    static void load() {
        finder = new TorchFaceFinder(Shipped.open("face"), DeviceKind.CPU);
        final GoldenArchive golden = GoldenArchive.read(Shipped.open("face"), "golden/face.npz");
        picture = golden.bytes("image");
        width = golden.size("image", 1);
        height = golden.size("image", 0);
    }

    @AfterAll
    static void close() {
        finder.close();
    }

    @Test
    void shouldFindFaceWhenThereIsOne() {
        final FaceScan scan = finder.scan(picture, width, height);

        assertThat(scan.faceCount()).isOne();
        assertThat(scan.detectorScore()).isGreaterThan(0.5f);
        assertThat(scan.meshScore()).isGreaterThan(0.5f);
        // The irises, 468 and 473, are above the lips, 13.
        assertThat(scan.landmarks()[3 * 468 + 1]).isLessThan(scan.landmarks()[3 * 13 + 1]);
        assertThat(scan.mask()).hasSize(256 * 256);
    }

    @Test
    void shouldGiveSameResultWhenPictureIsOnTheHeap() {
        final ByteBuffer heap = ByteBuffer.allocate(picture.capacity()).put(0, picture, 0, picture.capacity());

        assertThat(finder.scan(heap, width, height).landmarks())
                .isEqualTo(finder.scan(picture, width, height).landmarks());
    }

    @Test
    void shouldFindNothingWhenPictureIsPlain() {
        final FaceScan scan = finder.scan(ByteBuffer.allocateDirect(3 * 200 * 300), 200, 300);

        assertThat(scan.faceCount()).isZero();
        assertThat(scan.landmarks()).containsOnly(0f);
    }

    @Test
    void shouldCutSamePixelsWhenWindowIsOnPixelBordersAtFullSize() {
        final ByteBuffer cut = finder.sampleRgb(picture, width, height, new float[] {10, 20, 50, 52}, 40, 32);

        for (int i = 0; i < cut.capacity(); i++) {
            final int pixel = (20 + i / 3 / 40) * width + 10 + i / 3 % 40;
            assertThat(cut.get(i) & 0xff).isEqualTo(picture.get(3 * pixel + i % 3) & 0xff);
        }
    }

    @Test
    void shouldRepeatEdgeWhenWindowLiesOutside() {
        final float[] mask = new float[16 * 16];
        Arrays.fill(mask, 0.5f);

        final float[] cut = finder.sampleMask(mask, 16, 16, new float[] {-20, -20, 40, 40}, 30, 30);

        assertThat(cut).hasSize(900);
        for (float value : cut) {
            assertThat(value).isBetween(0.4999f, 0.5001f);
        }
    }

    @Test
    void shouldRefuseWhenSizesDoNotFit() {
        assertThatThrownBy(() -> finder.scan(picture, width + 1, height))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("width=" + (width + 1));
        assertThatThrownBy(() -> finder.sampleMask(new float[3], 2, 2, new float[4], 2, 2))
                .hasMessageContaining("values=3");
        assertThatThrownBy(() -> finder.sampleRgb(picture, width, height, new float[3], 2, 2))
                .hasMessageContaining("numbers=3");
    }

    @Test
    void shouldRefusePackageWhenItFindsNoFaces() {
        assertThatThrownBy(() -> new TorchFaceFinder(Shipped.open("puppet"), DeviceKind.CPU))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("puppet finds no faces");
    }
}
