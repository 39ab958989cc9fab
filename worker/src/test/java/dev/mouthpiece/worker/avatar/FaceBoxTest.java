package dev.mouthpiece.worker.avatar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mouthpiece.model.Manifest;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FaceBoxTest {
    private static final Manifest.Box EXACT = new Manifest.Box(0, 0, 0, 0, 0);

    /** Two corners of a face 100 wide and 200 high at (50, 300); all other points in its middle. */
    private static float[] face() {
        final float[] landmarks = new float[478 * 3];
        for (int i = 0; i < landmarks.length; i += 3) {
            landmarks[i] = 100;
            landmarks[i + 1] = 400;
            landmarks[i + 2] = 7;
        }
        landmarks[3 * 10] = 50;
        landmarks[3 * 10 + 1] = 300;
        landmarks[3 * 152] = 150;
        landmarks[3 * 152 + 1] = 500;
        return landmarks;
    }

    @Test
    void shouldSpanTheLandmarksWhenSharesAreZero() {
        assertThat(FaceBox.of(face(), EXACT)).isEqualTo(new FaceBox(50, 300, 100, 200));
    }

    @Test
    void shouldGrowEachSideByItsShareOfTheFace() {
        final FaceBox box = FaceBox.of(face(), new Manifest.Box(0.1f, -0.25f, 0.2f, 0.5f, 0));

        assertThat(box.left()).isCloseTo(40, within(1e-4));
        assertThat(box.top()).isCloseTo(350, within(1e-4));
        assertThat(box.width()).isCloseTo(130, within(1e-4));
        assertThat(box.height()).isCloseTo(250, within(1e-4));
        assertThat(box.window()).containsExactly(new float[] {40, 350, 170, 600}, within(1e-3f));
    }

    @Test
    void shouldPutLandmarksIntoThePatchThatTheBoxIsScaledTo() {
        final float[] points = FaceBox.of(face(), EXACT).landmarksIn(face(), 96);

        assertThat(Arrays.copyOfRange(points, 0, 3)).containsExactly(48, 48, 7 * 0.96f);
        assertThat(Arrays.copyOfRange(points, 30, 32)).containsExactly(0, 0);
        assertThat(Arrays.copyOfRange(points, 456, 458)).containsExactly(96, 96);
    }

    @Test
    void shouldHaveASizeWhenAllLandmarksAreOnePoint() {
        final FaceBox box = FaceBox.of(new float[478 * 3], EXACT);

        assertThat(box.width()).isPositive();
        assertThat(box.height()).isPositive();
    }
}
