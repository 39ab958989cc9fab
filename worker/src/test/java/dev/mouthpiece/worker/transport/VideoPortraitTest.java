package dev.mouthpiece.worker.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.AvatarLoader;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.film.FfmpegTool;
import dev.mouthpiece.worker.film.Videos;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A video that a user gave, from the store to the face of a session, with a package of the importer's form. */
@Tag("slow")
class VideoPortraitTest {
    private static final int FRAMES = 6;

    @TempDir
    private Path folder;

    private final String sketch = Path.of(
                    System.getProperty("mouthpiece.root"), "models", "src", "test", "resources", "packages", "sketch")
            .toString();

    @Test
    void shouldLendAFaceWithEveryPictureOfTheVideo() throws IOException {
        try (Database database = Database.open(
                        new Database.Address("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", null, null));
                AvatarLibrary library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU)) {
            final var avatars = new Avatars(database);
            final var faces = new Faces(library, avatars, sketch);

            try (AvatarLibrary.Loan face = faces.borrow(new Portrait.Stored(avatars.keep(moving())), 368, 560)) {
                assertThat(face.avatar().loop()).hasSize(FRAMES);
            }
            final byte[] still = PlatformAvatars.picture("av_stock_001");
            try (AvatarLibrary.Loan face = faces.borrow(new Portrait.Stored(avatars.keep(still)), 368, 560)) {
                assertThat(face.avatar().loop()).hasSize(1);
            }
        }
    }

    @Test
    void shouldCheckAVideoAsItWouldBeShown() throws IOException {
        final byte[] faceless = made("-f", "lavfi", "-i", "testsrc=d=0.2:s=320x240");
        final byte[] moving = moving();
        try (AvatarLibrary library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU)) {
            final var loader = new AvatarLoader(library.faces(), library.model(sketch));
            final var puppet = new AvatarLoader(library.faces(), library.model("puppet"));

            check(loader, moving);
            assertThatThrownBy(() -> check(loader, faceless))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("no face found");
            assertThatThrownBy(() -> check(puppet, moving))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("model puppet speaks on pictures");
        }
    }

    private static void check(AvatarLoader loader, byte[] video) {
        try (Footage footage = Videos.open("p", video)) {
            loader.check("p", footage, Optional.of(FrameSize.USUAL));
        }
    }

    private byte[] moving() throws IOException {
        final Path picture = Files.write(folder.resolve("p.jpg"), PlatformAvatars.picture("av_stock_001"));
        return made(
                "-loop",
                1,
                "-framerate",
                25,
                "-i",
                picture,
                "-frames:v",
                FRAMES,
                "-vf",
                "scale=-2:800,crop=iw-20:ih-20:2*n:10,format=yuv420p");
    }

    private byte[] made(Object... source) throws IOException {
        final Path video = folder.resolve("p.mp4");
        final Object[] arguments = new Object[source.length + 6];
        System.arraycopy(source, 0, arguments, 0, source.length);
        System.arraycopy(new Object[] {"-c:v", "mpeg4", "-q:v", 1, "-y", video}, 0, arguments, source.length, 6);
        FfmpegTool.run(arguments);
        return Files.readAllBytes(video);
    }
}
