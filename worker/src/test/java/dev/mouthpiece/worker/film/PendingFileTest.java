package dev.mouthpiece.worker.film;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PendingFileTest {
    @Test
    void shouldAppearOnlyWhenCommitted(@TempDir Path folder) throws IOException {
        final Path target = folder.resolve("film.mp4");

        try (PendingFile file = PendingFile.file(target)) {
            Files.writeString(file.path(), "new");
            assertThat(target).doesNotExist();
            file.commit();
        }

        assertThat(target).hasContent("new");
        assertThat(Mp4OutputTest.names(folder)).containsExactly("film.mp4");
    }

    @Test
    void shouldBeTakenBackWhenClosed(@TempDir Path folder) throws IOException {
        PendingFile.file(folder.resolve("film.mp4")).close();

        try (PendingFile frames = PendingFile.folder(folder.resolve("frames"))) {
            Files.writeString(frames.path().resolve("000000.png"), "half");
        }

        assertThat(Mp4OutputTest.names(folder)).isEmpty();
    }

    @Test
    void shouldTakeBackEverythingAtTheEnd(@TempDir Path folder) throws IOException {
        final PendingFile kept = PendingFile.file(folder.resolve("kept.mp4"));
        kept.commit();
        PendingFile.file(folder.resolve("film.mp4"));
        Files.writeString(PendingFile.folder(folder.resolve("frames")).path().resolve("000000.png"), "half");

        PendingFile.closeAll();

        assertThat(Mp4OutputTest.names(folder)).containsExactly("kept.mp4");
    }

    @Test
    void shouldWriteThroughLink(@TempDir Path folder) throws IOException {
        final Path real = Files.writeString(folder.resolve("real.mp4"), "old");
        final Path link = Files.createSymbolicLink(folder.resolve("link.mp4"), real);

        try (PendingFile file = PendingFile.file(link)) {
            Files.writeString(file.path(), "new");
            file.commit();
        }

        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(real).hasContent("new");
    }

    @Test
    void shouldRefuseFileNameOfNothing() {
        assertThatThrownBy(() -> PendingFile.file(Path.of("/")))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("cannot write /");
    }
}
