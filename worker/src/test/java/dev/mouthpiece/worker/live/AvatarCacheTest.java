package dev.mouthpiece.worker.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.IdentityKeeper;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.avatar.Avatar;
import dev.mouthpiece.worker.avatar.AvatarCache;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.Picture;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.session.PlatformAvatars;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped model and faces, through libraries that stand for processes one after the other. */
class AvatarCacheTest {
    private static final long PLENTY = 100 << 20;

    private int pictures;
    private boolean isStored;

    @TempDir
    private Path folder;

    @Test
    void shouldNeedNoPictureWhenTheAvatarIsKept() {
        final AvatarCache cache = new AvatarCache(folder, PLENTY, "build");
        final Prepared first = borrow(cache, "av_stock_001", FrameSize.USUAL);

        final Prepared second = borrow(cache, "av_stock_001", FrameSize.USUAL);

        assertThat(pictures).isEqualTo(1);
        assertThat(second).isEqualTo(first);
    }

    @Test
    void shouldPrepareAnewWhereAnythingIsDifferent() throws IOException {
        borrow(new AvatarCache(folder, PLENTY, "build"), "av_stock_001", FrameSize.USUAL);

        borrow(new AvatarCache(folder, PLENTY, "another build"), "av_stock_001", FrameSize.USUAL);
        borrow(new AvatarCache(folder, PLENTY, "build"), "av_stock_002", FrameSize.USUAL);
        borrow(new AvatarCache(folder, PLENTY, "build"), "av_stock_001", new FrameSize(512, 512));

        assertThat(pictures).isEqualTo(4);
        assertThat(files()).hasSize(4);
    }

    @Test
    void shouldPrepareAgainWhatIsDamaged() throws IOException {
        final AvatarCache cache = new AvatarCache(folder, PLENTY, "build");
        final Prepared first = borrow(cache, "av_stock_001", FrameSize.USUAL);
        final Path file = files().getFirst();
        final byte[] good = Files.readAllBytes(file);
        final byte[] bad = good.clone();
        bad[good.length / 2] ^= 1;

        for (final byte[] broken : List.of(bad, new byte[0], new byte[100])) {
            Files.write(file, broken);

            final Prepared again = borrow(cache, "av_stock_001", FrameSize.USUAL);

            assertThat(again).isEqualTo(first);
            assertThat(Arrays.equals(Files.readAllBytes(file), good)).isTrue();
        }
        assertThat(pictures).isEqualTo(4);
    }

    @Test
    void shouldMakeRoomByWhatWasNotUsedForLongest() throws IOException {
        borrow(new AvatarCache(folder, PLENTY, "build"), "av_stock_001", FrameSize.USUAL);
        final Path old = files().getFirst();
        final long bytes = Files.size(old);
        final AvatarCache small = new AvatarCache(folder, 2 * bytes + bytes / 2, "build");
        borrow(small, "av_stock_002", FrameSize.USUAL);
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(60)));
        // Used again: the second is now the older of the two.
        final Path second =
                files().stream().filter(file -> !file.equals(old)).findFirst().orElseThrow();
        Files.setLastModifiedTime(second, FileTime.from(Instant.now().minusSeconds(30)));
        borrow(small, "av_stock_001", FrameSize.USUAL);

        borrow(small, "av_stock_003", FrameSize.USUAL);

        assertThat(pictures).isEqualTo(3);
        assertThat(files()).hasSize(2).contains(old).doesNotContain(second);
    }

    @Test
    void shouldDropTheAvatarsOfUsersPicturesThatAreGone() throws IOException {
        final AvatarCache cache = new AvatarCache(folder, PLENTY, "build");
        borrow(cache, "av_stock_001", FrameSize.USUAL);
        final Path shipped = files().getFirst();
        isStored = true;
        borrow(cache, "av_stock_002", FrameSize.USUAL);
        borrow(cache, "av_stock_003", FrameSize.USUAL);
        final String gone = AvatarCache.sha256(PlatformAvatars.picture("av_stock_002"));
        final List<String> asked = new ArrayList<>();

        cache.dropGone(sha256 -> {
            asked.add(sha256);
            return !sha256.equals(gone);
        });

        assertThat(asked).containsExactlyInAnyOrder(gone, AvatarCache.sha256(PlatformAvatars.picture("av_stock_003")));
        assertThat(files()).hasSize(2).contains(shipped);
        borrow(cache, "av_stock_003", FrameSize.USUAL);
        assertThat(pictures).isEqualTo(3);
    }

    @Test
    void shouldTidyWhatAProcessThatWasKilledHasLeft() throws IOException {
        final Path left = Files.createFile(folder.resolve("new1.part"));
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minusSeconds(7_200)));
        final Path beingWritten = Files.createFile(folder.resolve("new2.part"));

        borrow(new AvatarCache(folder, PLENTY, "build"), "av_stock_001", FrameSize.USUAL);

        assertThat(files()).hasSize(2).contains(beingWritten).doesNotContain(left);
    }

    @Test
    void shouldDoWithoutAFolderThatCannotBeWritten() throws IOException {
        final Path file = Files.createFile(folder.resolve("file"));

        final Prepared made =
                borrow(new AvatarCache(file.resolve("below"), PLENTY, "build"), "av_stock_001", FrameSize.USUAL);

        assertThat(made.patchSize()).isPositive();
        assertThat(pictures).isEqualTo(1);
    }

    /** What tells avatars apart, large things by their hash. */
    private record Prepared(String rgb, String identity, int patchSize, int x, int y, List<String> notes) {}

    private Prepared borrow(AvatarCache cache, String id, FrameSize size) {
        final byte[] file = PlatformAvatars.picture(id);
        final var order = new AvatarLibrary.Order(
                "puppet",
                id,
                Optional.of(size),
                () -> read(id, file),
                () -> isStored ? AvatarCache.stored(AvatarCache.sha256(file)) : AvatarCache.sha256(file));
        try (var library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU, Optional.of(cache));
                AvatarLibrary.Loan loan = library.borrow(order)) {
            final Avatar avatar = loan.avatar();
            final byte[] rgb = new byte[avatar.still().rgb().capacity()];
            avatar.still().rgb().get(0, rgb);
            return new Prepared(
                    AvatarCache.sha256(rgb),
                    AvatarCache.sha256(((IdentityKeeper) loan.model()).keep(avatar.identity())),
                    avatar.identity().patchSize(),
                    avatar.patchX(),
                    avatar.patchY(),
                    loan.notes());
        }
    }

    private Picture read(String id, byte[] file) {
        pictures++;
        try {
            return PortraitReader.read(id, new ByteArrayInputStream(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }
}
