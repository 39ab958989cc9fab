package dev.mouthpiece.worker.media.audio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.media.Seeds;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResamplerTest {
    private static final int OUT_HZ = 16_000;

    @ParameterizedTest
    @ValueSource(ints = {8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000})
    void shouldKeepATonesTimeAndLevelWhenTheRateChanges(int inHz) {
        final double toneHz = 1_000;
        final float[] in = tone(inHz, toneHz, inHz / 2);

        final float[] out = resample(inHz, in, in.length);

        assertThat(out).hasSize((int) Math.ceil(in.length * (double) OUT_HZ / inHz));
        double worst = 0;
        for (int i = 200; i < out.length - 200; i++) {
            worst = Math.max(worst, Math.abs(out[i] - Math.sin(2 * Math.PI * toneHz * i / OUT_HZ)));
        }
        assertThat(worst).isLessThan(1e-3);
    }

    @Test
    void shouldRemoveWhatTheLowerRateCannotHold() {
        final float[] out = resample(48_000, tone(48_000, 11_000, 24_000), 480);

        double power = 0;
        for (int i = 200; i < out.length - 200; i++) {
            power += out[i] * out[i];
        }
        assertThat(10 * Math.log10(power / (out.length - 400) / 0.5)).isLessThan(-60);
    }

    @Test
    void shouldNotDependOnThePieces() {
        Seeds.forEach(20, random -> {
            final int inHz = new int[] {8_000, 22_050, 44_100, 48_000}[random.nextInt(4)];
            final float[] in = noise(random, 1 + random.nextInt(9_000));

            assertThat(resample(inHz, in, 1 + random.nextInt(700))).isEqualTo(resample(inHz, in, in.length));
        });
    }

    private static float[] tone(int rateHz, double hz, int length) {
        final float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) Math.sin(2 * Math.PI * hz * i / rateHz);
        }
        return x;
    }

    private static float[] noise(SplittableRandom random, int length) {
        final float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return x;
    }

    private static float[] resample(int inHz, float[] in, int piece) {
        final Resampler resampler = new Resampler(inHz, OUT_HZ);
        final float[] out = new float[in.length * 3 + 16];
        int n = 0;
        int room = resampler.roomSamples();
        for (int i = 0; i < in.length; i++) {
            resampler.put(in[i]);
            if (--room == 0 || (i + 1) % piece == 0) {
                n += resampler.take(out, n, out.length - n);
                room = resampler.roomSamples();
            }
        }
        n += resampler.take(out, n, out.length - n);
        resampler.finish();
        n += resampler.take(out, n, out.length - n);
        return Arrays.copyOf(out, n);
    }
}
