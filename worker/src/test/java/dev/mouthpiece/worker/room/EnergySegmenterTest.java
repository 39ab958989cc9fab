package dev.mouthpiece.worker.room;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EnergySegmenterTest {
    private static final double HALF = 0.5;

    private final Random random = new Random(1);
    private final EnergySegmenter segmenter = new EnergySegmenter();
    private final List<String> events = new ArrayList<>();
    private int pieces;

    private final EnergySegmenter.Output output = new EnergySegmenter.Output() {
        @Override
        public void begin() {
            events.add("begin");
            pieces = 0;
        }

        @Override
        public void piece(byte[] pcm) {
            pieces++;
        }

        @Override
        public void end() {
            events.add("end after " + pieces);
        }
    };

    @Test
    void shouldFindNothingInSilence() {
        feed(0, 500);

        assertThat(events).isEmpty();
    }

    @Test
    void shouldFindNothingInSteadyNoiseOfARoom() {
        feed(0.003, 1_000);

        assertThat(events).isEmpty();
    }

    @Test
    void shouldBeginWithTheSoundBeforeTheFirstLoudPiece() {
        feed(0, 100);
        feed(HALF, 2);

        assertThat(events).containsExactly("begin");
        assertThat(pieces).isEqualTo(4);
    }

    @Test
    void shouldNotBeginForAClick() {
        feed(0, 100);
        feed(HALF, 1);
        feed(0, 100);

        assertThat(events).isEmpty();
    }

    @Test
    void shouldGoOnThroughShortPausesAndEndAfterALongOne() {
        feed(0, 100);
        feed(HALF, 50);
        feed(0, 39);
        feed(HALF, 10);
        feed(0, 40);

        assertThat(events).containsExactly("begin", "end after " + (2 + 50 + 39 + 10 + 40));
    }

    @Test
    void shouldBeginAgainAfterAnEnd() {
        feed(0, 100);
        feed(HALF, 20);
        feed(0, 60);
        feed(HALF, 20);

        assertThat(events).hasSize(3).last().isEqualTo("begin");
    }

    @Test
    void shouldHearSpeechOverNoiseThatIsLouderThanAQuietRoom() {
        feed(0.01, 2_000);
        assertThat(events)
                .as("the noise was taken for speech once, and given up")
                .hasSize(2);
        events.clear();
        feed(0.2, 30);

        assertThat(events).containsExactly("begin");
    }

    @Test
    void shouldEndWhatWasBegunWhenTheMicrophoneGoes() {
        feed(0, 100);
        feed(HALF, 5);
        segmenter.stop(output);
        segmenter.stop(output);

        assertThat(events).hasSize(2);
        assertThat(segmenter.isSpeaking()).isFalse();
    }

    @Test
    void shouldTakeNoOffsetForSound() {
        for (int i = 0; i < 200; i++) {
            final byte[] pcm = new byte[2 * EnergySegmenter.PIECE_SAMPLES];
            for (int s = 0; s < pcm.length; s += 2) {
                pcm[s] = 0;
                pcm[s + 1] = 20;
            }
            segmenter.next(pcm, output);
        }

        assertThat(events).isEmpty();
    }

    /** White noise with peaks of {@code amplitude}, full scale 1. */
    private void feed(double amplitude, int count) {
        for (int i = 0; i < count; i++) {
            final byte[] pcm = new byte[2 * EnergySegmenter.PIECE_SAMPLES];
            for (int s = 0; s < pcm.length; s += 2) {
                final int sample = (int) Math.round((random.nextDouble() * 2 - 1) * amplitude * 32_767);
                pcm[s] = (byte) sample;
                pcm[s + 1] = (byte) (sample >> 8);
            }
            segmenter.next(pcm, output);
        }
    }
}
