package dev.mouthpiece.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelPackageTest {
    private static final String CARD = "MODEL_CARD.md";

    @Test
    void shouldOpenAndHandOutFilesWhenAllIsWell() {
        final ModelPackage files = Shipped.open("pattern");

        assertThat(files.manifest().name()).isEqualTo("pattern");
        assertThat(files.file(CARD)).exists();
        assertThat(files.totalBytes()).isGreaterThan(10_000);
    }

    @Test
    void shouldRefuseWhenFolderHasNoManifest(@TempDir Path folder) {
        assertThatThrownBy(() -> ModelPackage.open(folder))
                .isInstanceOf(ModelException.class)
                .hasMessage(folder + " is no model package: it has no model.json");
    }

    @Test
    void shouldRefuseWhenFileIsMissing(@TempDir Path parent) throws IOException {
        final TestPackage files = TestPackage.copyOf("pattern", parent);
        Files.delete(files.folder().resolve(CARD));

        assertThatThrownBy(() -> ModelPackage.open(files.folder())).hasMessageContaining(CARD + " is missing");
    }

    @Test
    void shouldRefuseWhenFileIsCutShort(@TempDir Path parent) {
        final TestPackage files = TestPackage.copyOf("pattern", parent);
        files.overwrite(CARD, Arrays.copyOf(files.read(CARD), 10));

        assertThatThrownBy(() -> ModelPackage.open(files.folder()))
                .hasMessageContaining(CARD + " is damaged: it should have")
                .hasMessageContaining("it has 10");
    }

    @Test
    void shouldRefuseFileWhenItsContentsAreOthers(@TempDir Path parent) {
        final TestPackage files = TestPackage.copyOf("pattern", parent);
        final byte[] card = files.read(CARD);
        card[5] ^= 1;
        files.overwrite(CARD, card);
        final ModelPackage opened = ModelPackage.open(files.folder());

        assertThatThrownBy(() -> opened.file(CARD)).hasMessageContaining("its SHA-256 should be");
        assertThatThrownBy(() -> opened.file(CARD)).hasMessageContaining("its SHA-256 should be");
        assertThat(opened.file("LICENSE.txt")).exists();
    }

    @Test
    void shouldRefuseFileWhenManifestDoesNotListIt() {
        assertThatThrownBy(() -> Shipped.open("pattern").file("model.json"))
                .hasMessage("model.json: files lists no model.json");
    }
}
