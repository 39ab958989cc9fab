package dev.mouthpiece.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HostFramesTest {
    private final HostFrames frames = new HostFrames();

    @Test
    void shouldLendAgainWhatWasGivenBackWhenItIsOfThatSize() {
        final I420Frame frame = frames.take(64, 48);
        frames.give(frame);

        assertThat(frames.take(48, 64)).isNotSameAs(frame);
        assertThat(frames.take(64, 48)).isSameAs(frame);
        assertThat(frames.take(64, 48)).isNotSameAs(frame);
        assertThat(frames.keptBytes()).isZero();
    }

    @Test
    void shouldRefuseWhatWasGivenBackBefore() {
        final I420Frame frame = frames.take(64, 48);
        frames.give(frame);

        assertThatThrownBy(() -> frames.give(frame)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldKeepNoMoreThanItsBound() {
        final I420Frame[] many = new I420Frame[20];
        for (int i = 0; i < many.length; i++) {
            many[i] = frames.take(2_048, 1_536);
        }
        for (final I420Frame frame : many) {
            frames.give(frame);
        }

        assertThat(frames.keptBytes()).isPositive().isLessThanOrEqualTo(HostFrames.MAX_KEPT_BYTES);
        assertThat(frames.take(2_048, 1_536)).as("the last one is kept").isSameAs(many[many.length - 1]);
    }
}
