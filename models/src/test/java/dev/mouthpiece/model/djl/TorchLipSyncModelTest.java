package dev.mouthpiece.model.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.CpuPrecision;
import dev.mouthpiece.model.IdentityKeeper;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.LipSyncModel.Identity;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.Shipped;
import dev.mouthpiece.model.SpeechEncoder;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The shipped puppet, loaded once for all tests. */
class TorchLipSyncModelTest {
    private static final int PATCH = 256;
    private static final int PATCH_BYTES = 3 * PATCH * PATCH;
    private static final int TRIALS = 40;

    private static ModelPackage files;
    private static LipSyncModel model;
    private static GoldenArchive talk;

    @BeforeAll
    static void load() {
        files = Shipped.open("puppet");
        model = new TorchLipSyncModel(files, DeviceKind.CPU, CpuPrecision.FLOAT32);
        talk = GoldenArchive.read(files, "golden/talk-256.npz");
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void shouldHearSameInARowWhateverItsNeighboursSay() {
        final Random random = new Random(1);
        try (SpeechEncoder encoder = model.newEncoder()) {
            final FloatBuffer input = encoder.input(2);
            final int samples =
                    input.capacity() / model.manifest().requireEncode().batch();
            final float[] speech = noise(random, samples);
            input.put(3 * samples, speech);
            final float[] alone = row(encoder.run(2), 3, 16);

            for (int i = 0; i < input.capacity(); i++) {
                input.put(i, (float) random.nextGaussian() / 10);
            }
            input.put(3 * samples, speech);

            assertThat(row(encoder.run(2), 3, 16)).isEqualTo(alone);
        }
    }

    @Test
    void shouldGiveEveryLengthWhenInputIsSilence() {
        try (SpeechEncoder encoder = model.newEncoder()) {
            for (int frames : files.manifest().requireEncode().framesPerCall()) {
                final FloatBuffer features = encoder.run(frames);
                assertThat(features.capacity())
                        .isEqualTo(model.manifest().requireEncode().batch() * frames * 8);
                assertThat(features.get(0)).isBetween(0f, 0.05f);
            }
        }
    }

    @Test
    void shouldRefuseWhenLengthOrBucketIsNotInManifest() {
        try (SpeechEncoder encoder = model.newEncoder();
                PatchRenderer renderer = model.newRenderer(PATCH)) {
            assertThatThrownBy(() -> encoder.input(3)).hasMessageContaining("frames=3");
            assertThatThrownBy(() -> renderer.features(3)).hasMessageContaining("bucket=3");
            assertThatThrownBy(() -> model.newRenderer(257)).hasMessageContaining("patchSize=257");
        }
    }

    @Test
    void shouldShowPortraitWhenFaceIsAtRest() {
        try (Identity identity = prepare();
                PatchRenderer renderer = model.newRenderer(PATCH)) {
            renderer.slots(1).put(0, identity.slot());

            final ByteBuffer patch = renderer.run(1);

            int largest = 0;
            final ByteBuffer crop = talk.bytes("crop");
            for (int i = 0; i < PATCH_BYTES; i++) {
                final int expected = crop.get(i % (PATCH * PATCH) * 3 + i / (PATCH * PATCH)) & 0xff;
                largest = Math.max(largest, Math.abs(expected - (patch.get(i) & 0xff)));
            }
            assertThat(largest).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void shouldRenderSameInEveryBucketWhenRowIsSame() {
        try (Identity identity = prepare();
                PatchRenderer renderer = model.newRenderer(PATCH)) {
            byte[] first = null;
            for (int bucket : files.manifest().requireRender().batchBuckets()) {
                for (int row = 0; row < bucket; row++) {
                    renderer.slots(bucket).put(row, identity.slot());
                    renderer.features(bucket).put(row * 8, 0.3f + 0.05f * row);
                }
                renderer.features(bucket).put((bucket - 1) * 8, 0.7f);
                final byte[] last = bytes(renderer.run(bucket), bucket - 1);
                if (first == null) {
                    first = last;
                }
                assertThat(last).isEqualTo(first);
            }
        }
    }

    @Test
    void shouldShowTheSameWhenAnIdentityIsRestored() {
        final IdentityKeeper keeper = (IdentityKeeper) model;
        final byte[] kept;
        final byte[] before;
        // A second one, so that the slot's tensors are a part of larger ones.
        try (Identity other = prepare();
                Identity identity = prepare();
                PatchRenderer renderer = model.newRenderer(PATCH)) {
            assertThat(other.slot()).isNotEqualTo(identity.slot());
            kept = keeper.keep(identity);
            before = smiling(renderer, identity);
        }

        try (Identity restored = keeper.restore(PATCH, kept);
                PatchRenderer renderer = model.newRenderer(PATCH)) {
            assertThat(smiling(renderer, restored)).isEqualTo(before);
        }
    }

    private static byte[] smiling(PatchRenderer renderer, Identity identity) {
        renderer.slots(1).put(0, identity.slot());
        renderer.features(1).put(0, 0.6f).put(1, 0.4f);
        return bytes(renderer.run(1), 0);
    }

    @Test
    void shouldRefuseBytesThatAreNoIdentity() {
        final IdentityKeeper keeper = (IdentityKeeper) model;
        assertThatThrownBy(() -> keeper.restore(PATCH, new byte[] {1, 2, 3})).isInstanceOf(ModelException.class);
    }

    @Test
    void shouldRefuseWhenNoAvatarIsPrepared() {
        try (PatchRenderer renderer = model.newRenderer(320)) {
            assertThatThrownBy(() -> renderer.run(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no avatar");
        }
    }

    @Test
    void shouldRefusePictureWhenItsLandmarksAreNotNumbers() {
        final float[] landmarks = talk.floats("landmarks");
        Arrays.fill(landmarks, Float.NaN);

        assertThatThrownBy(() -> model.prepare(PATCH, talk.bytes("crop"), landmarks, talk.floats("person")))
                .isInstanceOf(ModelException.class);
    }

    @Test
    void shouldRefusePictureWhenItsSizeIsWrong() {
        assertThatThrownBy(
                        () -> model.prepare(320, talk.bytes("crop"), talk.floats("landmarks"), talk.floats("person")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("307200");
    }

    @Test
    void shouldReuseSlotWhenAvatarWasClosed() {
        try (Identity stays = prepare()) {
            final Identity goes = prepare();
            final int slot = goes.slot();
            assertThat(slot).isNotEqualTo(stays.slot());
            goes.close();
            goes.close();
            try (Identity next = prepare()) {
                assertThat(next.slot()).isEqualTo(slot);
            }
        }
    }

    @Test
    void shouldRenderUndisturbedWhenAvatarsComeAndGoMeanwhile() {
        try (Identity identity = prepare()) {
            final List<CompletableFuture<Void>> threads = new ArrayList<>(IntStream.range(0, 2)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> renderRepeatedly(identity.slot())))
                    .toList());
            for (int i = 0; i < 3; i++) {
                try (Identity other = prepare()) {
                    assertThat(other.slot()).isNotEqualTo(identity.slot());
                }
            }
            threads.forEach(CompletableFuture::join);
        }
    }

    private static void renderRepeatedly(int slot) {
        try (PatchRenderer renderer = model.newRenderer(PATCH)) {
            renderer.slots(1).put(0, slot);
            renderer.features(1).put(0, 0.5f);
            final byte[] first = bytes(renderer.run(1), 0);
            for (int i = 0; i < TRIALS; i++) {
                assertThat(bytes(renderer.run(1), 0)).isEqualTo(first);
            }
        }
    }

    @Test
    void shouldFinishCallsUnderWayWhenModelCloses() {
        final LipSyncModel closing = new TorchLipSyncModel(files, DeviceKind.CPU, CpuPrecision.FLOAT32);
        final SpeechEncoder encoder = closing.newEncoder();
        closing.close();

        assertThat(encoder.run(1).capacity())
                .isEqualTo(files.manifest().requireEncode().batch() * 8);
        encoder.close();
        assertThatThrownBy(() -> closing.newRenderer(PATCH)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldLeaveNothingOnTheHeapWhenCallsRepeat() {
        assumeTrue(TorchCalls.best() instanceof DirectTorchCalls, "DJL makes objects of a method's name");
        try (Identity identity = prepare();
                SpeechEncoder encoder = model.newEncoder();
                PatchRenderer renderer = model.newRenderer(PATCH)) {
            renderer.slots(1).put(0, identity.slot());

            assertThat(leastAllocated(() -> encoder.run(1))).isLessThan(100);
            assertThat(leastAllocated(() -> renderer.run(1))).isLessThan(100);
        }
    }

    /** Of rounds of fifty calls, bytes; in the first ones Java still interprets, which takes objects, and libtorch's places are new. */
    private static long leastAllocated(Runnable call) {
        final var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 50; i++) {
                call.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private static Identity prepare() {
        return model.prepare(PATCH, talk.bytes("crop"), talk.floats("landmarks"), talk.floats("person"));
    }

    private static float[] noise(Random random, int length) {
        final float[] noise = new float[length];
        for (int i = 0; i < length; i++) {
            noise[i] = (float) random.nextGaussian() / 10;
        }
        return noise;
    }

    private static float[] row(FloatBuffer features, int row, int length) {
        final float[] values = new float[length];
        features.get(row * length, values);
        return values;
    }

    private static byte[] bytes(ByteBuffer patches, int row) {
        final byte[] bytes = new byte[PATCH_BYTES];
        patches.get(row * PATCH_BYTES, bytes);
        return bytes;
    }
}
