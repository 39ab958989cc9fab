package dev.mouthpiece.worker.media.life;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.Seeds;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LifeGeneratorTest {
    private static final int FPS = 25;
    private static final List<Manifest.Parameter> LIFE = List.of(
            new Manifest.Parameter("blink", 0, 1, 0),
            new Manifest.Parameter("gazex", -2, 2, 0),
            new Manifest.Parameter("dx", -3, 3, 0),
            new Manifest.Parameter("yaw", -0.1f, 0.1f, 0),
            new Manifest.Parameter("talk", 0, 1, 0),
            new Manifest.Parameter("unheard-of", 0, 9, 4),
            new Manifest.Parameter("smile", -0.3f, 0.3f, 0));

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

    @Test
    void shouldNotChangeAnythingWhenItFeelsNeutral() {
        final float[][] moody = run(new LifeGenerator(LIFE, FPS, 3), Moods.NEUTRAL, 500);

        assertThat(moody).isDeepEqualTo(run(3, 500, true));
    }

    @Test
    void shouldStayInRangeAndMoveWithoutJumpsWhateverItFeels() {
        Seeds.forEach(30, random -> {
            final LifeGenerator life = new LifeGenerator(LIFE, FPS, random.nextLong());
            float[] last = null;
            for (int change = 0; change < 6; change++) {
                final float[][] frames = run(life, new Moods(anyMood(random), anyMood(random)), 200);
                for (final float[] frame : frames) {
                    for (int p = 0; p < LIFE.size(); p++) {
                        assertThat(frame[p])
                                .as(LIFE.get(p).name())
                                .isBetween(LIFE.get(p).min(), LIFE.get(p).max());
                    }
                    if (last != null) {
                        assertThat(Math.abs(frame[2] - last[2])).as("dx").isLessThan(0.4f);
                        assertThat(Math.abs(frame[3] - last[3])).as("yaw").isLessThan(0.016f);
                        assertThat(Math.abs(frame[6] - last[6])).as("smile").isLessThan(0.04f);
                    }
                    last = frame;
                }
                assertThat(life.brows()).isBetween(0f, 1f);
            }
        });
    }

    @Test
    void shouldSmileAndHangItsLidsAsTheMoodOfTheMomentHasIt() {
        final LifeGenerator life = new LifeGenerator(LIFE, FPS, 5);
        final var smiling = new Mood(1, 0.8, 0.5, 1, 0);
        final var sleepy = new Mood(0.5, 0, 0, 1, 0.4);

        final float[][] quiet = runSteadily(life, new Moods(smiling, sleepy), false);
        assertThat(mean(quiet, 6)).isLessThan(0.1);
        assertThat(least(quiet, 0)).isBetween(0.39, 0.41);
        assertThat(life.brows()).isLessThan(0.02f);

        final float[][] speaking = runSteadily(life, new Moods(smiling, sleepy), true);
        assertThat(mean(speaking, 6)).isBetween(0.2, 0.3);
        assertThat(least(speaking, 0)).isLessThan(0.02);
        assertThat(life.brows()).isGreaterThan(0.48f);
    }

    @Test
    void shouldMoveMoreTheMoreEnergyItHas() {
        assertThat(travel(1.6)).isGreaterThan(1.2 * travel(1));
        assertThat(travel(0.4)).isLessThan(0.5 * travel(1));
    }

    /** How far the head turns in a minute. */
    private static double travel(double energy) {
        double sum = 0;
        for (int seed = 0; seed < 10; seed++) {
            final Mood mood = new Mood(energy, 0, 0, 1, 0);
            final float[][] life = run(new LifeGenerator(LIFE, FPS, seed), new Moods(mood, mood), 60 * FPS);
            for (int i = 1; i < life.length; i++) {
                sum += Math.abs(life[i][3] - life[i - 1][3]);
            }
        }
        return sum;
    }

    private static Mood anyMood(SplittableRandom random) {
        return new Mood(
                random.nextDouble(-1, 3),
                random.nextDouble(-2, 2),
                random.nextDouble(-1, 2),
                random.nextDouble(-1, 3),
                random.nextDouble(-1, 1));
    }

    private static double mean(float[][] frames, int parameter) {
        double sum = 0;
        for (final float[] frame : frames) {
            sum += frame[parameter];
        }
        return sum / frames.length;
    }

    private static double least(float[][] frames, int parameter) {
        double least = Double.MAX_VALUE;
        for (final float[] frame : frames) {
            least = Math.min(least, frame[parameter]);
        }
        return least;
    }

    /** Ten seconds, once the mood has settled. */
    private static float[][] runSteadily(LifeGenerator life, Moods moods, boolean speaking) {
        final float[][] all = new float[10 * FPS][LIFE.size()];
        life.feel(moods);
        for (int i = 0; i < 6 * FPS; i++) {
            life.next(speaking, 0, all[0], 0);
        }
        for (final float[] frame : all) {
            life.next(speaking, 0, frame, 0);
        }
        return all;
    }

    private static float[][] run(LifeGenerator life, Moods moods, int frames) {
        life.feel(moods);
        return run(life, frames, true);
    }

    private static float[][] run(long seed, int frames, boolean speaking) {
        return run(new LifeGenerator(LIFE, FPS, seed), frames, speaking);
    }

    private static float[][] run(LifeGenerator life, int frames, boolean speaking) {
        final float[][] all = new float[frames][LIFE.size()];
        for (int i = 0; i < frames; i++) {
            life.next(speaking && i % 50 < 35, i % 20 < 4 ? 0.8f : 0.1f, all[i], 0);
        }
        return all;
    }
}
