package dev.mouthpiece.worker.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten milliseconds of any rate become 480 samples, each at its own time. */
class Sound48Test {
    private static final double TONE_HZ = 700;
    private static final double LEVEL = 12_000;

    private final Sound48 sound = new Sound48();

    @ParameterizedTest
    @CsvSource({
        "8000,1", "8000,2", "11025,1", "12000,1", "16000,1", "16000,2", "22050,1", "24000,1", "24000,2", "32000,1",
        "44100,1", "44100,2", "48000,1", "48000,2", "96000,1"
    })
    void shouldKeepEverySampleAtItsTime(int rateHz, int channels) {
        final short[] out = play(1, tone(rateHz, channels, rateHz), rateHz, channels, 100, 4);

        // The first and last millisecond hold the edges of a tone that is switched on and off.
        double worst = 0;
        for (int i = 96; i < out.length - 96; i++) {
            final double expected = LEVEL * Math.sin(2 * Math.PI * TONE_HZ * i / 48_000);
            worst = Math.max(worst, Math.abs(out[i] - expected));
        }
        assertThat(worst).isLessThan(LEVEL * 2e-3);
    }

    @Test
    void shouldPassSpeechAt48KhzOnUnchanged() {
        final ByteBuffer speech = tone(48_000, 1, 48_000);

        final short[] out = play(1, speech, 48_000, 1, 100, 4);

        for (int i = 0; i < out.length; i++) {
            assertThat(out[i]).isEqualTo(speech.getShort(2 * i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 16_000, 24_000, 44_100})
    void shouldStayInTimeWhereNothingThatFollowsHasArrived(int rateHz) {
        final short[] out = play(1, tone(rateHz, 1, rateHz), rateHz, 1, 100, 0);

        // What a tick cannot know is silent; the rest is where it belongs.
        int right = 0;
        for (int i = 960; i < out.length - 960; i++) {
            final double expected = LEVEL * Math.sin(2 * Math.PI * TONE_HZ * i / 48_000);
            right += Math.abs(out[i] - expected) < LEVEL * 2e-3 ? 1 : 0;
        }
        assertThat((double) right / (out.length - 1920)).isGreaterThan(0.7);
    }

    @Test
    void shouldBeginEachSegmentAfreshWhateverRateTheOneBeforeHad() {
        play(1, tone(24_000, 1, 24_000), 24_000, 1, 13, 4);

        final short[] out = play(2, tone(16_000, 2, 16_000), 16_000, 2, 50, 4);

        double worst = 0;
        for (int i = 96; i < out.length - 96; i++) {
            worst = Math.max(worst, Math.abs(out[i] - LEVEL * Math.sin(2 * Math.PI * TONE_HZ * i / 48_000)));
        }
        assertThat(worst).isLessThan(LEVEL * 2e-3);
    }

    @Test
    void shouldEndInSilenceWhereTheSegmentEndsWithinATick() {
        final short[] out = play(1, tone(24_000, 1, 24_000 / 100 * 3 + 100), 24_000, 1, 4, 4);

        // 100 samples at 24 kHz are 200 at 48; the filter rings for less than a millisecond.
        for (int i = 3 * 480 + 200 + 48; i < out.length; i++) {
            assertThat((int) out[i]).isBetween(-40, 40);
        }
    }

    @Test
    void shouldNotOverflowWhereTheFilterOvershootsFullScale() {
        final ByteBuffer square = ByteBuffer.allocate(2 * 2_400).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 2_400; i++) {
            square.putShort(2 * i, i / 12 % 2 == 0 ? Short.MAX_VALUE : Short.MIN_VALUE);
        }

        final short[] out = play(1, square, 24_000, 1, 10, 4);

        for (int i = 100; i < out.length - 100; i++) {
            final int phase = i / 2 % 24;
            if (phase > 2 && phase < 9) {
                assertThat(out[i]).isGreaterThan((short) 20_000);
            } else if (phase > 14 && phase < 21) {
                assertThat(out[i]).isLessThan((short) -20_000);
            }
        }
    }

    /** Plays ticks as the pacer does: sample boundaries by floor, a few milliseconds of what follows. */
    private short[] play(long segment, ByteBuffer speech, int rateHz, int channels, int ticks, int followingMs) {
        final int frameBytes = 2 * channels;
        final int samples = speech.capacity() / frameBytes;
        final short[] out = new short[ticks * 480];
        for (int tick = 0; tick < ticks; tick++) {
            final int from = tick * rateHz / 100;
            final int to = (tick + 1) * rateHz / 100;
            final int end = Math.min(to, samples);
            final ByteBuffer pcm = ByteBuffer.allocate((to - from) * frameBytes).order(ByteOrder.LITTLE_ENDIAN);
            if (end > from) {
                pcm.put(0, speech, from * frameBytes, (end - from) * frameBytes);
            }
            final int more = Math.max(0, Math.min(rateHz * followingMs / 1000, samples - to));
            final ByteBuffer following = ByteBuffer.allocate(more * frameBytes).order(ByteOrder.LITTLE_ENDIAN);
            following.put(0, speech, Math.min(to, samples) * frameBytes, more * frameBytes);
            final byte[] tickOut =
                    sound.convert(segment, rateHz, channels, pcm, following, followingMs > 0 && to + more >= samples);
            assertThat(tickOut).hasSize(960);
            ByteBuffer.wrap(tickOut)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer()
                    .get(out, tick * 480, 480);
        }
        return out;
    }

    private static ByteBuffer tone(int rateHz, int channels, int samples) {
        final ByteBuffer pcm = ByteBuffer.allocate(samples * channels * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < samples; i++) {
            for (int c = 0; c < channels; c++) {
                pcm.putShort((short) Math.round(LEVEL * Math.sin(2 * Math.PI * TONE_HZ * i / rateHz)));
            }
        }
        return pcm;
    }
}
