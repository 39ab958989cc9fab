package dev.mouthpiece.worker.avatar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mouthpiece.worker.BadInputException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AvatarLoaderTest {
    private static final Optional<FrameSize> USUAL = Optional.of(new FrameSize(368, 560));

    private final FakeFaceFinder faces = new FakeFaceFinder();
    private final FakeModel model = new FakeModel();
    private final AvatarLoader loader = new AvatarLoader(faces, model);

    @Test
    void shouldPrepareAvatarWhosePatchEqualsItsFrame() {
        faces.finds(TestFaces.landmarks(600, 500, 100, 0, 0));

        final AvatarLoader.Loaded loaded = loader.load("p", gradient(1200, 1600), USUAL);

        final Avatar avatar = loaded.avatar();
        assertThat(loaded.notes()).isEmpty();
        assertThat(avatar.still().width()).isEqualTo(368);
        assertThat(avatar.still().height()).isEqualTo(560);
        assertThat(avatar.identity().patchSize()).isEqualTo(320);
        assertThat(model.crop.capacity()).isEqualTo(320 * 320 * 3);
        assertThat(model.person).hasSize(320 * 320);
        final ByteBuffer frame = avatar.still().rgb();
        for (int y = 0; y < 320; y++) {
            for (int x = 0; x < 320; x++) {
                final int frameX = x + avatar.patchX();
                final int frameY = y + avatar.patchY();
                if (frameX >= 0 && frameX < 368 && frameY >= 0 && frameY < 560) {
                    assertThat(model.crop.get((y * 320 + x) * 3)).isEqualTo(frame.get((frameY * 368 + frameX) * 3));
                }
            }
        }
        assertThat(model.landmarks[3 * FaceGeometry.RIGHT_IRIS] - model.landmarks[3 * FaceGeometry.LEFT_IRIS])
                .isCloseTo(0.234f * 320, within(0.5f));
        assertThat((model.landmarks[3 * FaceGeometry.LEFT_MOUTH_CORNER]
                                + model.landmarks[3 * FaceGeometry.RIGHT_MOUTH_CORNER])
                        / 2)
                .isCloseTo(160, within(1.01f));
    }

    @Test
    void shouldHaveTheModelLoadWhatTheFaceIsGoingToNeed() throws Exception {
        faces.finds(TestFaces.landmarks(600, 500, 100, 0, 0));

        final AvatarLoader.Loaded loaded = loader.load("p", gradient(1200, 1600), USUAL);

        assertThat(model.loaded.get(30, TimeUnit.SECONDS))
                .isEqualTo(loaded.avatar().identity().patchSize());
    }

    @Test
    void shouldTakePixelsBeyondTheFrameFromThePicture() {
        faces.finds(TestFaces.landmarks(600, 500, 100, 0, 0));

        final Avatar avatar = loader.load("p", gradient(1200, 1600), Optional.of(new FrameSize(256, 256)))
                .avatar();

        // The gradient's red grows with the column: it goes on beyond the frame's edge instead of standing still.
        assertThat(avatar.patchX()).isEqualTo(0);
        assertThat(avatar.patchY()).isNegative();
        final int above = model.crop.get(1) & 0xff;
        final int top = avatar.still().rgb().get(1) & 0xff;
        assertThat(above).isLessThan(top);
    }

    @Test
    void shouldRefusePictureWithoutFace() {
        faces.findsNothing();

        assertRefused("no face found in portrait p", "looks into the camera");
    }

    @Test
    void shouldRefuseWhatBarelyLooksLikeFace() {
        faces.finds(TestFaces.landmarks(600, 500, 100, 0, 0));
        faces.meshScore = 0.3f;

        assertRefused("no face found in portrait p");
    }

    @Test
    void shouldSayWhichOfSeveralFacesWasTaken() {
        faces.finds(TestFaces.landmarks(900, 500, 100, 0, 0));
        faces.boxes = new float[] {800, 400, 1000, 640, 0.9f, 100, 400, 200, 520, 0.8f};

        assertThat(loader.load("p", gradient(1200, 1600), USUAL).notes())
                .containsExactly("portrait p shows 2 faces: took the largest, on the right (x 800..1000, y 400..640);"
                        + " crop the picture for another");
    }

    @Test
    void shouldRefuseFaceThatIsTurnedAway() {
        faces.finds(TestFaces.landmarks(600, 500, 100, 38, 0));

        assertRefused("turned too far away (38 degrees, 30 is the limit)", "looks into the camera");
    }

    @Test
    void shouldRefuseFaceThatLies() {
        faces.finds(TestFaces.landmarks(600, 500, 100, 0, 88));

        assertRefused("tilted by 88 degrees", "turn the picture upright");
    }

    @Test
    void shouldRefuseTinyFace() {
        faces.finds(TestFaces.landmarks(600, 500, 14, 0, 0));

        assertRefused("is too small (eyes 14 px apart, 20 are needed)", "closer");
    }

    @Test
    void shouldRefuseFaceWhoseMouthIsCutOff() {
        faces.finds(TestFaces.landmarks(600, 1530, 100, 0, 0));

        assertRefused("portrait p cuts off the mouth of its face");
    }

    @Test
    void shouldChooseSizeAndSayWhenPictureIsTight() {
        faces.finds(TestFaces.landmarks(256, 220, 110, 0, 0));

        final AvatarLoader.Loaded loaded = loader.load("p", gradient(512, 512), Optional.empty());

        assertThat(loaded.avatar().still().width()).isEqualTo(348);
        assertThat(loaded.avatar().still().height()).isEqualTo(348);
        assertThat(loaded.notes()).hasSize(1).first().asString().contains("348x348", "--size");
    }

    @Test
    void shouldNamePortraitWhenSizeDoesNotFit() {
        faces.finds(TestFaces.landmarks(600, 700, 300, 0, 0));

        assertThatThrownBy(() -> loader.load("p", gradient(1200, 1600), Optional.of(new FrameSize(1080, 1920))))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("portrait p: the face fills too much of the picture for size 1080x1920");
    }

    private void assertRefused(String... words) {
        assertThatThrownBy(() -> loader.load("p", gradient(1200, 1600), USUAL))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("\n");
        assertThat(model.preparations).isZero();
    }

    /** Red grows to the right, green downwards. */
    private static Picture gradient(int width, int height) {
        final ByteBuffer rgb = ByteBuffer.allocateDirect(width * height * 3);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                rgb.put((y * width + x) * 3, (byte) (x * 255 / width));
                rgb.put((y * width + x) * 3 + 1, (byte) (y * 255 / height));
            }
        }
        return new Picture(width, height, rgb);
    }
}
