package dev.mouthpiece.worker.media.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mouthpiece.worker.media.Seeds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AudioTimelineTest {
    private final AudioRing ring = new AudioRing(1 << 20, System::nanoTime);
    private final AudioTimeline timeline = new AudioTimeline(ring, 16_000, 20);

    @Test
    void shouldKeepBothAudiosOnOneClockWhateverTheRateAndThePieces() {
        Seeds.forEach(12, random -> {
            final AudioRing audio = new AudioRing(1 << 20, System::nanoTime);
            final AudioTimeline line = new AudioTimeline(audio, 16_000, 20);
            final int rateHz = new int[] {8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000}[random.nextInt(7)];
            final int channels = 1 + random.nextInt(2);
            final short[] pcm = tone(rateHz, channels, 440, rateHz + random.nextInt(rateHz));

            feed(audio, line, new PcmFormat(rateHz, channels), pcm, random);

            final Segment segment = line.segment(1);
            assertThat(segment.isEnded()).isTrue();
            assertThat(segment.earsSamples()).isEqualTo(pcm.length / channels);
            final ByteBuffer ears = ByteBuffer.allocate(pcm.length * 2).order(ByteOrder.LITTLE_ENDIAN);
            line.ears().read(segment.earsPosition(0), ears, pcm.length * 2);
            for (int i = 0; i < pcm.length; i++) {
                assertThat(ears.getShort(2 * i)).isEqualTo(pcm[i]);
            }
            final int at = 4_000 + random.nextInt(6_000);
            final float[] mono = new float[64];
            line.readMono(segment, at, mono, 0, mono.length);
            for (int i = 0; i < mono.length; i++) {
                assertThat((double) mono[i])
                        .isCloseTo(0.5 * Math.sin(2 * Math.PI * 440 * (at + i) / 16_000.0), within(2e-3));
            }
        });
    }

    @Test
    void shouldReadZerosOutsideTheSegment() {
        feed(ring, timeline, new PcmFormat(16_000, 1), tone(16_000, 1, 100, 400), new SplittableRandom(1));
        final float[] window = new float[1_000];

        timeline.readMono(timeline.segment(1), -300, window, 0, window.length);

        assertThat(window).startsWith(new float[300]).endsWith(new float[300]);
        assertThat(window[301]).isNotZero();
    }

    @Test
    void shouldDropWhatWasWrittenBeforeAnInterruption() {
        assertThat(ring.start(new PcmFormat(16_000, 1))).isTrue();
        ring.write(ByteBuffer.allocate(3_200));
        ring.clear();
        assertThat(ring.start(new PcmFormat(16_000, 1))).isTrue();
        ring.write(ByteBuffer.allocate(640));
        assertThat(ring.end()).isTrue();

        drainAll();

        assertThat(timeline.segmentsOpened()).isEqualTo(2);
        assertThat(timeline.segment(1).earsSamples()).isZero();
        assertThat(timeline.segment(2).epoch()).isEqualTo(1);
        assertThat(timeline.segment(2).earsSamples()).isEqualTo(320);
    }

    @Test
    void shouldLeaveInTheRingWhatTheStoreCannotHoldAndCountTheOverflow() {
        final AudioTimeline small = new AudioTimeline(ring, 16_000, 1);
        assertThat(ring.start(new PcmFormat(48_000, 2))).isTrue();
        final ByteBuffer piece = ByteBuffer.allocate(1 << 16);
        long taken = 0;
        for (int i = 0; i < 100; i++) {
            piece.clear();
            taken += ring.write(piece);
            small.drain(true);
        }

        assertThat(ring.overflows()).isPositive();
        assertThat(small.segment(1).earsSamples() * 4).isLessThan(taken);

        long kept = small.segment(1).earsEnd();
        for (int i = 0; i < 1_000 && kept < taken; i++) {
            small.ears().release(kept);
            small.releaseMono(small.segment(1), Long.MAX_VALUE / 4);
            small.drain(true);
            kept = small.segment(1).earsEnd();
        }
        assertThat(kept).isEqualTo(taken);
    }

    @Test
    void shouldEndAnOpenSegmentWhenTheNextStarts() {
        assertThat(ring.start(new PcmFormat(24_000, 1))).isTrue();
        ring.write(ByteBuffer.allocate(4_800));
        assertThat(ring.start(new PcmFormat(48_000, 1))).isTrue();

        drainAll();

        assertThat(timeline.segment(1).isEnded()).isTrue();
        assertThat(timeline.segment(2).isEnded()).isFalse();
        assertThat(timeline.segment(1).frames(25)).isEqualTo(3);
    }

    private void drainAll() {
        while (timeline.drain(true) > 0) {
            // until the ring is empty
        }
    }

    private static void feed(
            AudioRing ring, AudioTimeline line, PcmFormat format, short[] pcm, SplittableRandom random) {
        final ByteBuffer bytes = ByteBuffer.allocate(pcm.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(pcm);
        assertThat(ring.start(format)).isTrue();
        while (bytes.hasRemaining()) {
            final int whole = 1 + random.nextInt(3_000);
            final ByteBuffer piece = bytes.slice();
            piece.limit(Math.min(piece.limit(), whole * format.frameBytes()));
            bytes.position(bytes.position() + ring.write(piece));
            line.drain(true);
        }
        assertThat(ring.end()).isTrue();
        while (line.drain(true) > 0) {
            // until the ring is empty
        }
    }

    private static short[] tone(int rateHz, int channels, double hz, int samples) {
        final short[] pcm = new short[samples * channels];
        for (int i = 0; i < samples; i++) {
            for (int c = 0; c < channels; c++) {
                pcm[i * channels + c] = (short) Math.round(16_384 * Math.sin(2 * Math.PI * hz * i / rateHz));
            }
        }
        return pcm;
    }
}
