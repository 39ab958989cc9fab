package dev.mouthpiece.model.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.model.Shipped;
import dev.mouthpiece.model.TestPackage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackageVerifierTest {
    private static final byte[] RUBBISH = "no module".getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @ValueSource(strings = {"puppet", "face", "pattern"})
    void shouldFindShippedPackageGood(String name) {
        final List<Check> told = new ArrayList<>();

        final List<Check> checks = PackageVerifier.verify(Shipped.folder().resolve(name), told::add);

        assertThat(checks).isNotEmpty().allMatch(Check::ok);
        assertThat(told).isEqualTo(checks);
    }

    /** Of {@code models/python/imports/sketch.py}: as packages of public checkpoints are, but small. */
    @Test
    void shouldFindPackageOfTheImportersFormGood() {
        final Path sketch = Path.of(
                System.getProperty("mouthpiece.root"), "models", "src", "test", "resources", "packages", "sketch");

        assertThat(PackageVerifier.verify(sketch, check -> {}))
                .hasSizeGreaterThan(8)
                .allMatch(Check::ok);
    }

    @Test
    void shouldStopAtManifestWhenItIsBroken(@TempDir Path parent) {
        final TestPackage broken = TestPackage.copyOf("pattern", parent).overwrite("model.json", RUBBISH);

        assertThat(problems(broken)).singleElement().satisfies(check -> {
            assertThat(check.name()).isEqualTo("model.json");
            assertThat(check.detail()).contains("is no JSON");
        });
    }

    @Test
    void shouldStopAtFilesWhenOneIsDamaged(@TempDir Path parent) {
        final TestPackage damaged = TestPackage.copyOf("face", parent);
        final byte[] module = damaged.read("sample.pt");
        module[1000] ^= 1;
        damaged.overwrite("sample.pt", module);

        assertThat(problems(damaged)).singleElement().satisfies(check -> {
            assertThat(check.name()).isEqualTo("files");
            assertThat(check.detail()).contains("sample.pt is damaged: its SHA-256 should be");
        });
    }

    @Test
    void shouldNameModuleWhenItDoesNotLoad(@TempDir Path parent) {
        final TestPackage broken = TestPackage.copyOf("face", parent).replace("sample.pt", RUBBISH);

        assertThat(problems(broken)).singleElement().satisfies(check -> {
            assertThat(check.name()).isEqualTo("modules");
            assertThat(check.detail()).contains("sample.pt is no TorchScript module");
        });
    }

    @Test
    void shouldNameModuleWhenItIsCutShort(@TempDir Path parent) {
        final TestPackage broken = TestPackage.copyOf("face", parent);
        broken.replace("face.pt", Arrays.copyOf(broken.read("face.pt"), 1_000_000));

        assertThat(problems(broken)).singleElement().satisfies(check -> assertThat(check.detail())
                .contains("face.pt is no TorchScript module"));
    }

    @Test
    void shouldTellDifferenceWhenGoldenIsAnother(@TempDir Path parent) {
        final TestPackage other = TestPackage.copyOf("face", parent);
        // An array ends with its last number, little-endian: another exponent.
        other.editArchive("golden/face.npz", "landmarks.npy", array -> array[array.length - 1] ^= 1);

        assertThat(problems(other)).singleElement().satisfies(check -> {
            assertThat(check.name()).isEqualTo("golden/face.npz");
            assertThat(check.detail()).startsWith("differs by ").endsWith("allowed are 0.05");
        });
    }

    @Test
    void shouldNameGoldenWhenItLacksAnArray(@TempDir Path parent) {
        final TestPackage other = TestPackage.copyOf("face", parent);
        other.replace("golden/sample.npz", other.read("golden/face.npz"));

        assertThat(problems(other)).singleElement().satisfies(check -> assertThat(check.detail())
                .isEqualTo("golden/sample.npz has no array window"));
    }

    @Test
    void shouldRefuseModulesWhenTheyAreOfAnotherKind(@TempDir Path parent) {
        final TestPackage swapped = TestPackage.copyOf("face", parent);
        swapped.replace("face.pt", swapped.read("sample.pt"));

        assertThat(problems(swapped)).isNotEmpty().allSatisfy(check -> assertThat(check.detail())
                .contains("face/face.pt failed"));
    }

    private static List<Check> problems(TestPackage files) {
        return PackageVerifier.verify(files.folder(), check -> {}).stream()
                .filter(check -> !check.ok())
                .toList();
    }
}
