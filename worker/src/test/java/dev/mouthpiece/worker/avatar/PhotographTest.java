package dev.mouthpiece.worker.avatar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.load.Models;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real photographs through the real face finder and the real model. */
@Tag("slow")
class PhotographTest {
    private static FaceFinder faces = new FakeFaceFinder();
    private static LipSyncModel model = new FakeModel();

    @BeforeAll
    static void load() {
        final ModelCatalog catalog = ModelCatalog.standard();
        faces = Models.openFaceFinder(catalog.open("face"), DeviceKind.CPU);
        model = Models.open(catalog.open("puppet"), DeviceKind.CPU);
    }

    @AfterAll
    static void unload() {
        model.close();
        faces.close();
    }

    /** Seen by the face finder in the finished frame: in the middle, eyes two fifths down, as large as the patch wants. */
    @ParameterizedTest
    @CsvSource({
        "astronaut, 368x560, 320",
        "astronaut, 512x512, 320",
        "hopper, 368x560, 384",
        "hopper, 512x512, 384",
        "hopper, 720x1280, 1024",
        "astronaut, 1280x720, 512"
    })
    void shouldFramePhotographAsPersonWould(String photo, String size, int patchSize) {
        final FrameSize frame = FrameSize.parse(size);
        final Picture picture = PortraitReader.read(photo(photo));

        try (Avatar avatar = new AvatarLoader(faces, model)
                .load(photo, picture, Optional.of(frame))
                .avatar()) {
            assertThat(avatar.identity().patchSize()).isEqualTo(patchSize);
            final StillFrame still = avatar.still();
            final FaceGeometry face = FaceGeometry.of(
                    faces.scan(still.rgb(), still.width(), still.height()).landmarks());
            assertThat((face.left() + face.right()) / 2 / still.width()).isCloseTo(0.5, within(0.06));
            assertThat(face.eyesY() / still.height()).isBetween(0.25, 0.46);
            assertThat(face.crown()).as("the whole head").isGreaterThan(-0.04 * still.height());
            assertThat(face.chin()).isLessThan(still.height());
            assertThat(face.eyeDistance() / (patchSize * 0.234)).isBetween(0.74, 1.27);
            assertThat((face.mouthX() - avatar.patchX()) / patchSize).isCloseTo(0.5, within(0.02));
            assertThat((face.mouthY() - avatar.patchY()) / patchSize).isCloseTo(0.68, within(0.02));
        }
    }

    @Test
    void shouldSeeThatFacesLookIntoTheCamera() {
        for (final String photo : new String[] {"astronaut", "hopper"}) {
            final Picture picture = PortraitReader.read(photo(photo));
            final FaceGeometry face = FaceGeometry.of(
                    faces.scan(picture.rgb(), picture.width(), picture.height()).landmarks());
            assertThat(face.yawDegrees()).as(photo).isBetween(-15.0, 15.0);
            assertThat(face.rollDegrees()).as(photo).isBetween(-15.0, 15.0);
        }
    }

    @Test
    void shouldShowThePhotographItself() {
        final Picture picture = PortraitReader.read(photo("hopper"));

        try (Avatar avatar = new AvatarLoader(faces, model)
                .load("hopper", picture, Optional.of(new FrameSize(368, 560)))
                .avatar()) {
            // The same mean colour as the photograph's part: nothing is padded, nothing tinted.
            assertThat(mean(avatar.still().rgb(), 0)).isCloseTo(mean(picture.rgb(), 0), within(25.0));
            assertThat(mean(avatar.still().rgb(), 2)).isCloseTo(mean(picture.rgb(), 2), within(25.0));
        }
    }

    private static Path photo(String name) {
        return name.equals("hopper") ? TestPhotos.hopper() : TestPhotos.astronaut();
    }

    private static double mean(ByteBuffer rgb, int channel) {
        long sum = 0;
        for (int i = channel; i < rgb.capacity(); i += 3) {
            sum += rgb.get(i) & 0xff;
        }
        return sum / (rgb.capacity() / 3.0);
    }
}
