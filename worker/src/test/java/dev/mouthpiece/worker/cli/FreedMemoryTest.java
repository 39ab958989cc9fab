package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FreedMemoryTest {
    private long nowNs = 7;
    private boolean isIdle = true;
    private int given;
    private final FreedMemory freed = new FreedMemory(() -> isIdle, () -> nowNs, () -> given++);

    @Test
    void shouldGiveBackOnceWhatTheStartHasFreed() {
        look(24);
        assertThat(given).isZero();
        look(600);

        assertThat(given).isEqualTo(1);
    }

    @Test
    void shouldGiveBackAgainWhenNobodyHasBeenOnAirForAWhile() {
        look(60);
        isIdle = false;
        look(60);
        assertThat(given).as("others must not wait while somebody is on air").isEqualTo(1);

        isIdle = true;
        look(24);
        assertThat(given).isEqualTo(1);
        look(600);
        assertThat(given).isEqualTo(2);
    }

    /** Once a second. */
    private void look(int seconds) {
        for (int i = 0; i < seconds; i++) {
            nowNs += TimeUnit.SECONDS.toNanos(1);
            freed.look();
        }
    }
}
