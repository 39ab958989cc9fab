package dev.mouthpiece.model.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.LipSyncModel.Identity;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.Shipped;
import dev.mouthpiece.model.SpeechEncoder;
import dev.mouthpiece.model.load.Models;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatternModelTest {
    private static final int HOP = 640;
    private static final int LOOKAHEAD = 80;
    private static final int SIDE = 576;
    private static final int PIXELS = SIDE * SIDE;

    private final LipSyncModel model = Models.open(Shipped.open("pattern"), DeviceKind.CPU);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 320, 561, 600, 632})
    void shouldFlashInFrameInWhichBeepBeginsAndStayWhileItLasts(int offset) {
        final float[] speech = new float[5 * HOP + LOOKAHEAD];
        beep(speech, 2 * HOP + offset, 2 * HOP, 0.5f);

        final float[] flash = flash(speech);

        assertThat(flash[0]).isZero();
        assertThat(flash[1]).isZero();
        assertThat(flash[2]).isOne();
        assertThat(flash[3]).isOne();
        // The beep's last part of a frame counts where it is longer than the 5 ms of a window.
        assertThat(flash[4]).isEqualTo(offset >= LOOKAHEAD ? 1f : 0f);
    }

    @Test
    void shouldFlashSameWhenFramesAreTakenOneByOne() {
        final float[] speech = new float[5 * HOP + LOOKAHEAD];
        beep(speech, HOP + 77, 700, 0.2f);
        final float[] together = flash(speech);

        try (SpeechEncoder encoder = model.newEncoder()) {
            for (int frame = 0; frame < 5; frame++) {
                encoder.input(1).put(0, speech, frame * HOP, HOP + LOOKAHEAD);
                assertThat(encoder.run(1).get(0)).isEqualTo(together[frame]);
            }
        }
    }

    @Test
    void shouldStayDarkWhenThereIsNoiseOrAnotherToneOrNothing() {
        final float[] speech = new float[5 * HOP + LOOKAHEAD];
        assertThat(flash(speech)).containsOnly(0f);

        final Random random = new Random(1);
        for (int i = 0; i < speech.length; i++) {
            speech[i] = (float) random.nextGaussian() / 5;
        }
        assertThat(flash(speech)).containsOnly(0f);

        for (int i = 0; i < speech.length; i++) {
            speech[i] = 0.5f * (float) Math.sin(2 * Math.PI * 1300 * i / 16_000);
        }
        assertThat(flash(speech)).containsOnly(0f);
    }

    @Test
    void shouldShowWhiteWhenFlashIsSetAndAnotherCardEachTimeOtherwise() {
        final byte[] none = new byte[0];
        try (Identity identity = model.prepare(SIDE, ByteBuffer.wrap(none), new float[0], new float[0]);
                PatchRenderer renderer = model.newRenderer(SIDE)) {
            renderer.slots(2).put(0, identity.slot()).put(1, identity.slot());
            renderer.features(2).put(0, 0f).put(1, 0f);
            final ByteBuffer patches = renderer.run(2);
            assertThat(number(patches, 0)).isZero();
            assertThat(number(patches, 3 * PIXELS)).isEqualTo(1);
            assertThat(patches.slice(0, 3 * PIXELS)).isNotEqualTo(patches.slice(3 * PIXELS, 3 * PIXELS));

            renderer.features(2).put(1, 1f);
            renderer.run(2);
            assertThat(number(patches, 0)).isEqualTo(2);
            for (int i = 3 * PIXELS; i < 6 * PIXELS; i += 97) {
                assertThat(patches.get(i)).isEqualTo((byte) 255);
            }
        }
    }

    @Test
    void shouldCoverAnyFrameWhenSmallestPatchIsTaken() {
        final Manifest.Render render = model.manifest().requireRender();

        assertThat(render.placement()).isEqualTo(Manifest.Placement.FRAME);
        assertThat(render.patches()).anyMatch(patch -> patch.size() >= 560 && patch.size() < 560 + 64);
        assertThat(render.patches().getLast().size()).isEqualTo(1920);
        assertThatThrownBy(() -> model.newRenderer(100)).hasMessageContaining("patchSize=100");
    }

    @Test
    void shouldCountFromZeroWhenSlotIsUsedAgain() {
        final float[] none = new float[0];
        try (PatchRenderer renderer = model.newRenderer(64)) {
            for (int i = 0; i < 2; i++) {
                try (Identity identity = model.prepare(64, ByteBuffer.allocate(0), none, none)) {
                    assertThat(identity.slot()).isZero();
                    assertThat(renderer.run(1).get(16 * 64 + 16)).isZero();
                }
            }
        }
    }

    /** The number that the cells of the red plane show. */
    private static int number(ByteBuffer patches, int offset) {
        int number = 0;
        for (int bit = 0; bit < TestCard.CELLS; bit++) {
            final int x = TestCard.CELLS_X + bit * TestCard.CELL_PIXELS + 6;
            final boolean set = patches.get(offset + (TestCard.CELLS_Y + 6) * SIDE + x) > 30;
            number = 2 * number + (set ? 1 : 0);
        }
        return number;
    }

    private float[] flash(float[] speech) {
        try (SpeechEncoder encoder = model.newEncoder()) {
            final FloatBuffer input = encoder.input(5);
            // Row 3, so that rows are told apart.
            input.put(3 * speech.length, speech);
            final float[] flash = new float[5];
            encoder.run(5).get(3 * 5, flash);
            return flash;
        }
    }

    private static void beep(float[] speech, int from, int length, float amplitude) {
        for (int i = 0; i < length && from + i < speech.length; i++) {
            speech[from + i] = amplitude * (float) Math.sin(2 * Math.PI * 1000 * i / 16_000);
        }
    }
}
