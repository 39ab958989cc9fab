package dev.mouthpiece.worker.media.life;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.model.Manifest;
import java.util.List;
import org.junit.jupiter.api.Test;

class LifeGeneratorTest {
    private static final int FPS = 25;
    private static final List<Manifest.Parameter> LIFE = List.of(
            new Manifest.Parameter("blink", 0, 1, 0),
            new Manifest.Parameter("gazex", -2, 2, 0),
            new Manifest.Parameter("dx", -3, 3, 0),
            new Manifest.Parameter("yaw", -0.1f, 0.1f, 0),
            new Manifest.Parameter("talk", 0, 1, 0),
            new Manifest.Parameter("unheard-of", 0, 9, 4));

    @Test
    void shouldGiveTheSameLifeForTheSameSeed() {
        assertThat(run(7, 500, true)).isDeepEqualTo(run(7, 500, true));
        assertThat(run(8, 500, true)[499]).isNotEqualTo(run(7, 500, true)[499]);
    }

    @Test
    void shouldBlinkAsOftenAsPeopleDoAndFully() {
        int blinks = 0;
        for (int seed = 0; seed < 20; seed++) {
            final float[][] life = run(seed, 60 * FPS, false);
            boolean shut = false;
            for (final float[] frame : life) {
                blinks += frame[0] > 0.9f && !shut ? 1 : 0;
                shut = frame[0] > 0.5f;
            }
        }
        assertThat(blinks / 20.0).isBetween(10.0, 26.0);
    }

    @Test
    void shouldStayInRangeAndMoveWithoutJumps() {
        for (int seed = 0; seed < 20; seed++) {
            final float[][] life = run(seed, 3_000, seed % 2 == 0);
            for (int i = 0; i < life.length; i++) {
                for (int p = 0; p < LIFE.size(); p++) {
                    assertThat(life[i][p])
                            .isBetween(LIFE.get(p).min(), LIFE.get(p).max());
                }
                if (i > 0) {
                    assertThat(Math.abs(life[i][2] - life[i - 1][2])).isLessThan(0.25f);
                    assertThat(Math.abs(life[i][3] - life[i - 1][3])).isLessThan(0.01f);
                }
            }
        }
    }

    @Test
    void shouldOpenForTalkQuicklyAndCloseSlowly() {
        final LifeGenerator life = new LifeGenerator(LIFE, FPS, 1);
        final float[] out = new float[LIFE.size()];
        for (int i = 0; i < 5; i++) {
            life.next(true, 0, out, 0);
        }
        assertThat(out[4]).isEqualTo(1f);
        for (int i = 0; i < 5; i++) {
            life.next(false, 0, out, 0);
        }
        assertThat(out[4]).isBetween(0.3f, 0.7f);
    }

    @Test
    void shouldLeaveAParameterItDoesNotKnowAtRest() {
        assertThat(run(1, 10, true)[9][5]).isEqualTo(4f);
    }

    private static float[][] run(long seed, int frames, boolean speaking) {
        final LifeGenerator life = new LifeGenerator(LIFE, FPS, seed);
        final float[][] all = new float[frames][LIFE.size()];
        for (int i = 0; i < frames; i++) {
            life.next(speaking && i % 50 < 35, i % 20 < 4 ? 0.8f : 0.1f, all[i], 0);
        }
        return all;
    }
}
