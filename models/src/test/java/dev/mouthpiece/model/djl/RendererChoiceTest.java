package dev.mouthpiece.model.djl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.CpuPrecision;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.LipSyncModel.Identity;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.Shipped;
import dev.mouthpiece.model.TestPackage;
import dev.mouthpiece.model.load.Check;
import dev.mouthpiece.model.load.PackageVerifier;
import dev.mouthpiece.model.load.Portrait;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sketch, its half-wide renderer standing in for one in bfloat16: any CPU computes it, and differs by a little. */
class RendererChoiceTest {
    private static final Path PACKAGES =
            Path.of(System.getProperty("mouthpiece.root"), "models", "src", "test", "resources", "packages");
    private static final int SIDE = 96;
    /** So loud that the sketch adds 64 levels: what it paints lies between two levels, where numbers of half the width fall to either side. */
    private static final float EDGE = 64 * 16 / 255f - 4;

    @TempDir
    private Path folder;

    @Test
    void shouldRenderInBfloat16OnlyWhereItIsChosen() {
        final ModelPackage files = ModelPackage.open(twoRenderers().folder());

        final ByteBuffer wide = patch(files, CpuPrecision.FLOAT32);
        final ByteBuffer narrow = patch(files, CpuPrecision.BFLOAT16);

        assertThat(narrow).isNotEqualTo(wide);
        assertThat(largestDifference(wide, narrow)).isLessThanOrEqualTo(4);
    }

    @Test
    void shouldRenderTheSameInBothWherePackageHasOneRenderer() {
        final ModelPackage files = ModelPackage.open(
                TestPackage.copyOf(PACKAGES.resolve("sketch"), folder).folder());

        assertThat(patch(files, CpuPrecision.BFLOAT16)).isEqualTo(patch(files, CpuPrecision.FLOAT32));
    }

    @Test
    void shouldVerifyBothRenderersWhereTheProcessorWouldTakeEither() {
        final List<Check> checks = PackageVerifier.verify(twoRenderers().folder(), check -> {});

        assertThat(checks).allMatch(Check::ok);
        final boolean isBoth = CpuPrecision.chosen() == CpuPrecision.BFLOAT16;
        assertThat(checks).extracting(Check::name).contains("golden/talk.npz", "render rows of 96");
        assertThat(checks.stream().filter(check -> check.name().endsWith(", bfloat16")))
                .hasSize(isBoth ? 6 : 0);
    }

    /** The golden vector has one size; a box that is wrong in another would be seen nowhere else. */
    @Test
    void shouldDrawWarpsOfEverySizeAsTheRendererDoes() {
        final ModelPackage files = Shipped.open("puppet");
        try (LipSyncModel warps = new TorchLipSyncModel(files, DeviceKind.CPU, CpuPrecision.FLOAT32);
                LipSyncModel renderers =
                        new TorchLipSyncModel(files.withoutWarps(), DeviceKind.CPU, CpuPrecision.FLOAT32)) {
            for (Manifest.Patch size : files.manifest().requireRender().patches()) {
                final Portrait portrait = Portrait.ofGolden(files).resized(size.size());
                final byte[] drawn = talking(warps, portrait);
                final byte[] expected = talking(renderers, portrait);
                int apart = 0;
                for (int i = 0; i < drawn.length; i++) {
                    final int difference = Math.abs((drawn[i] & 0xff) - (expected[i] & 0xff));
                    assertThat(difference)
                            .as("%d pixels, byte %d", size.size(), i)
                            .isLessThanOrEqualTo(3);
                    apart += difference > 1 ? 1 : 0;
                }
                assertThat(apart).as("%d pixels", size.size()).isLessThan(drawn.length / 1000);
            }
        }
    }

    /** Half a blink, turned, lit, and speaking: everything that a warp has. */
    private static byte[] talking(LipSyncModel model, Portrait portrait) {
        try (Identity identity = portrait.prepare(model);
                PatchRenderer renderer = model.newRenderer(portrait.side())) {
            put(renderer.features(1), model.manifest().requireEncode().features());
            put(renderer.life(1), model.manifest().life());
            renderer.slots(1).put(0, identity.slot());
            final ByteBuffer patch = renderer.run(1);
            final byte[] bytes = new byte[patch.capacity()];
            patch.get(0, bytes);
            return bytes;
        }
    }

    private static void put(FloatBuffer values, List<Manifest.Parameter> parameters) {
        for (int i = 0; i < parameters.size(); i++) {
            values.put(
                    i, 0.4f * parameters.get(i).max() + 0.6f * parameters.get(i).rest());
        }
    }

    private TestPackage twoRenderers() {
        return TestPackage.copyOf(PACKAGES.resolve("sketch"), folder)
                .edit(root -> ((ObjectNode) root.at("/render/patches/0")).put("renderBfloat16", "render-cuda.pt"));
    }

    private static ByteBuffer patch(ModelPackage files, CpuPrecision precision) {
        try (LipSyncModel model = new TorchLipSyncModel(files, DeviceKind.CPU, precision);
                Identity identity = Portrait.ofGolden(files).prepare(model);
                PatchRenderer renderer = model.newRenderer(SIDE)) {
            for (int i = 0; i < renderer.features(1).capacity(); i++) {
                renderer.features(1).put(i, EDGE);
            }
            renderer.life(1).put(0, 1);
            renderer.slots(1).put(0, identity.slot());
            final ByteBuffer patch = renderer.run(1);
            return ByteBuffer.allocate(patch.capacity()).put(0, patch, 0, patch.capacity());
        }
    }

    private static int largestDifference(ByteBuffer a, ByteBuffer b) {
        int largest = 0;
        for (int i = 0; i < a.capacity(); i++) {
            largest = Math.max(largest, Math.abs((a.get(i) & 0xff) - (b.get(i) & 0xff)));
        }
        return largest;
    }
}
