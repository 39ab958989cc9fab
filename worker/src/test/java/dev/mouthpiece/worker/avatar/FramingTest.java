package dev.mouthpiece.worker.avatar;

import static dev.mouthpiece.worker.avatar.TestFaces.RENDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.BadInputException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FramingTest {
    private static final double EPSILON = 1e-6;

    @Test
    void shouldForetellThePatchOfAFaceWithRoomAroundIt() {
        for (final FrameSize size :
                new FrameSize[] {FrameSize.USUAL, new FrameSize(512, 512), new FrameSize(720, 1280)}) {
            final FaceGeometry face = FaceGeometry.of(TestFaces.landmarks(2000, 2000, 100, 0, 0));

            final Framing framing = Framing.of(face, 4000, 4000, size, RENDER);

            assertThat(Framing.usualPatchSize(size, RENDER)).as("%s", size).isEqualTo(framing.patchSize());
        }
    }

    @Test
    void shouldKeepItsPromisesForAnyFaceAndSize() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        int framed = 0;
        for (int i = 0; i < 5_000; i++) {
            final int width = 128 + random.nextInt(4000);
            final int height = 128 + random.nextInt(4000);
            final double eyes = 20 + random.nextDouble() * Math.min(width, height) / 3;
            final float[] landmarks = TestFaces.landmarks(
                    random.nextDouble() * width,
                    random.nextDouble() * height,
                    eyes,
                    random.nextDouble() * 60 - 30,
                    random.nextDouble() * 60 - 30);
            final FaceGeometry face = FaceGeometry.of(landmarks);
            final FrameSize size = new FrameSize(128 + 2 * random.nextInt(897), 128 + 2 * random.nextInt(897));
            final String what = "seed %d, case %d: %dx%d, %s, %s".formatted(seed, i, width, height, size, face);
            final Framing framing;
            try {
                framing = Framing.of(face, width, height, size, RENDER);
            } catch (BadInputException e) {
                final double filling = Math.max(size.width() / (double) width, size.height() / (double) height);
                assertThat(filling * face.eyeDistance()).as(what).isGreaterThan(640 * 0.234 * 1.25);
                continue;
            }
            framed++;
            assertInsidePicture(framing, width, height, what);
            assertPatchHoldsFace(framing, face, what);
        }
        assertThat(framed).as("seed %d", seed).isGreaterThan(1_000);
    }

    private static void assertInsidePicture(Framing framing, int width, int height, String what) {
        assertThat(framing.windowX()).as(what).isGreaterThanOrEqualTo(0);
        assertThat(framing.windowY()).as(what).isGreaterThanOrEqualTo(0);
        assertThat(framing.pictureX(framing.frame().width())).as(what).isLessThanOrEqualTo(width + EPSILON);
        assertThat(framing.pictureY(framing.frame().height())).as(what).isLessThanOrEqualTo(height + EPSILON);
    }

    private static void assertPatchHoldsFace(Framing framing, FaceGeometry face, String what) {
        final double share = face.eyeDistance() * framing.scale() / (framing.patchSize() * RENDER.eyeDistance());
        assertThat(share).as(what).isBetween(0.74, framing.patchSize() == 640 ? 1.26 : 1.03);
        assertThat(framing.patchX() % 2).as(what).isZero();
        assertThat(framing.patchY() % 2).as(what).isZero();
        final double mouthX = (face.mouthX() - framing.windowX()) * framing.scale() - framing.patchX();
        final double mouthY = (face.mouthY() - framing.windowY()) * framing.scale() - framing.patchY();
        assertThat(mouthX).as(what).isCloseTo(0.5 * framing.patchSize(), within(1.01));
        assertThat(mouthY).as(what).isCloseTo(0.68 * framing.patchSize(), within(1.01));
        assertThat(framing.canvasX()).as(what).isLessThanOrEqualTo(Math.min(0, framing.patchX()));
        assertThat(framing.canvasX() + framing.canvasWidth())
                .as(what)
                .isGreaterThanOrEqualTo(Math.max(framing.frame().width(), framing.patchX() + framing.patchSize()));
        assertThat(framing.canvasY() + framing.canvasHeight())
                .as(what)
                .isGreaterThanOrEqualTo(Math.max(framing.frame().height(), framing.patchY() + framing.patchSize()));
    }

    /** A half-body photo with room all around. */
    @ParameterizedTest
    @CsvSource({
        "368x560, 320, 75",
        "512x512, 320, 75",
        "720x1280, 640, 150",
        "1280x720, 384, 90",
        "1080x1920, 640, 150",
        "128x128, 256, 48"
    })
    void shouldComposeHeadAndShouldersWhenThereIsRoom(String size, int patch, double eyes) {
        final FaceGeometry face = TestFaces.face(2000, 1500, 160);
        final FrameSize frame = FrameSize.parse(size);

        final Framing framing = Framing.of(face, 4000, 4000, frame, RENDER);

        assertThat(framing.patchSize()).isEqualTo(patch);
        assertThat(framing.scale() * 160).isCloseTo(eyes, within(0.3));
        assertThat((2000 - framing.windowX()) * framing.scale())
                .as("face in the middle")
                .isCloseTo(frame.width() / 2.0, within(0.6));
        assertThat((1500 - framing.windowY()) * framing.scale() / frame.height())
                .as("eyes two fifths down")
                .isBetween(0.38, frame.height() == 128 ? 0.5 : 0.42);
    }

    @Test
    void shouldEnlargeFaceRatherThanPadWhenPictureIsTight() {
        final FaceGeometry face = TestFaces.face(256, 220, 100);

        final Framing framing = Framing.of(face, 512, 512, new FrameSize(368, 560), RENDER);

        assertThat(framing.scale()).isCloseTo(560 / 512.0, within(EPSILON));
        assertThat(framing.patchSize()).isEqualTo(512);
        assertThat(framing.windowY()).isCloseTo(0, within(EPSILON));
    }

    @Test
    void shouldSayWhichSizeWorksWhenFaceIsLargerThanAnyPatch() {
        final FaceGeometry face = TestFaces.face(256, 220, 130);

        assertThatThrownBy(() -> Framing.of(face, 512, 512, new FrameSize(720, 1280), RENDER))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("325 px apart, the model renders up to 187")
                .hasMessageContaining("choose a size up to 414x736");
    }

    @Test
    void shouldKeepCrownAndChinInFrameWhenHeadJustFits() {
        final FaceGeometry face = TestFaces.face(500, 420, 180);

        final Framing framing = Framing.of(face, 1000, 1000, new FrameSize(512, 512), RENDER);

        assertThat((face.crown() - framing.windowY()) * framing.scale()).isGreaterThanOrEqualTo(0);
        assertThat((face.chin() - framing.windowY()) * framing.scale()).isLessThanOrEqualTo(512);
    }

    @Test
    void shouldTakeUsualSizeWhenPictureHasRoomAndItsOwnShapeWhenTight() {
        assertThat(Framing.suitableSize(TestFaces.face(600, 500, 100), 1200, 1600, RENDER))
                .isEqualTo(new FrameSize(368, 560));
        assertThat(Framing.suitableSize(TestFaces.face(256, 220, 110), 512, 512, RENDER))
                .as("a square close-up stays square")
                .isEqualTo(new FrameSize(348, 348));
        assertThat(Framing.suitableSize(TestFaces.face(640, 300, 180), 1280, 720, RENDER))
                .as("a close-up across is as wide as usual and lower")
                .isEqualTo(new FrameSize(368, 298));
    }

    @Test
    void shouldFrameSuitableSizeAlways() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < 3_000; i++) {
            final int width = 128 + random.nextInt(3000);
            final int height = 128 + random.nextInt(3000);
            final double eyes = 20 + random.nextDouble() * (Math.min(width, height) / 2.4 - 20);
            final FaceGeometry face = TestFaces.face(width * random.nextDouble(), height * random.nextDouble(), eyes);

            final FrameSize size = Framing.suitableSize(face, width, height, RENDER);

            final String what = "seed %d, case %d: %dx%d, eyes %s, %s".formatted(seed, i, width, height, eyes, size);
            final Framing framing = Framing.of(face, width, height, size, RENDER);
            assertInsidePicture(framing, width, height, what);
            assertPatchHoldsFace(framing, face, what);
        }
    }

    @Test
    void shouldServeModelWithOnePatchSize() {
        final var one = new Manifest.Render(
                "live",
                RENDER.batchBuckets(),
                0.5f,
                0.6f,
                0.3f,
                RENDER.patches().subList(0, 1),
                RENDER.identity());

        final Framing framing = Framing.of(TestFaces.face(500, 500, 100), 1000, 1000, new FrameSize(512, 512), one);

        assertThat(framing.patchSize()).isEqualTo(256);
        assertThat(framing.scale() * 100).isCloseTo(76.8, within(0.1));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "25, 0", "-40, 0", "0, 20", "-20, -15"})
    void shouldMeasureHowTheHeadIsTurned(double yaw, double roll) {
        final FaceGeometry face = FaceGeometry.of(TestFaces.landmarks(400, 300, 80, yaw, roll));

        assertThat(face.yawDegrees()).isCloseTo(yaw, within(0.5));
        assertThat(face.rollDegrees()).isCloseTo(roll, within(0.5));
        assertThat(face.eyeDistance()).isCloseTo(80, within(0.1));
    }
}
