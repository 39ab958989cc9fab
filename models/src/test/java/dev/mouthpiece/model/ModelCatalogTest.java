package dev.mouthpiece.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCatalogTest {
    @Test
    void shouldFindShippedModels() {
        assertThat(ModelCatalog.standard().names()).contains("face", "pattern", "puppet");
        assertThat(ModelCatalog.standard().open("puppet").manifest().name()).isEqualTo("puppet");
    }

    @Test
    void shouldListWhatThereIsWhenNameIsUnknown() {
        final ModelCatalog catalog = new ModelCatalog(List.of(Shipped.folder()));

        assertThatThrownBy(() -> catalog.open("pupet"))
                .isInstanceOf(ModelException.class)
                .hasMessage("there is no model pupet; there are face, pattern, puppet (looked in " + Shipped.folder()
                        + ")");
    }

    @Test
    void shouldTakeFirstFolderWhenTwoHaveTheName(@TempDir Path parent) {
        final TestPackage mine = TestPackage.copyOf("pattern", parent).edit(root -> root.put("version", "9.9"));
        final ModelCatalog catalog = new ModelCatalog(List.of(parent, Shipped.folder()));

        assertThat(catalog.open("pattern").folder()).isEqualTo(mine.folder());
        assertThat(catalog.entries())
                .filteredOn(entry -> entry.name().equals("pattern"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.folder()).isEqualTo(mine.folder()));
    }

    @Test
    void shouldGoByManifestWhenFolderIsNamedOtherwise(@TempDir Path parent) {
        TestPackage.copyOf("pattern", parent).edit(root -> root.put("name", "beeper"));
        final ModelCatalog catalog = new ModelCatalog(List.of(parent));

        assertThat(catalog.names()).containsExactly("beeper");
        assertThat(catalog.open("beeper").manifest().name()).isEqualTo("beeper");
        assertThatThrownBy(() -> catalog.open("pattern")).hasMessageContaining("there are beeper");
    }

    @Test
    void shouldTellProblemWhenPackageIsBroken(@TempDir Path parent) {
        TestPackage.copyOf("pattern", parent).edit(root -> root.put("fps", 0));
        final ModelCatalog catalog = new ModelCatalog(List.of(parent));

        assertThat(catalog.names()).isEmpty();
        assertThat(catalog.entries()).singleElement().satisfies(entry -> assertThat(entry.problem())
                .contains("fps must be 1..60"));
        assertThatThrownBy(() -> catalog.open("pattern")).hasMessageContaining("fps must be 1..60");
    }

    @Test
    void shouldOpenFolderWhenNameIsAPath(@TempDir Path parent) {
        final Path folder = TestPackage.copyOf("pattern", parent).folder();
        final ModelCatalog catalog = new ModelCatalog(List.of());

        assertThat(catalog.open(folder.toString()).folder()).isEqualTo(folder);
        assertThatThrownBy(() -> catalog.open(parent + "/none")).hasMessageContaining("is no model package");
    }

    @Test
    void shouldPassOverWhatIsNoPackage(@TempDir Path parent) throws IOException {
        Files.createDirectory(parent.resolve("notes"));
        Files.writeString(parent.resolve("README.md"), "hello");

        assertThat(new ModelCatalog(List.of(parent, parent.resolve("absent"))).entries())
                .isEmpty();
    }
}
