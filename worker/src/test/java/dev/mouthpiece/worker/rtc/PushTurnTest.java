package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PushTurnTest {
    private final PushTurn turn = new PushTurn();

    @Test
    void shouldLetPushesThroughUntilItIsClosed() {
        assertThat(turn.begin()).isTrue();
        turn.end();
        turn.close();

        assertThat(turn.begin()).isFalse();
        assertThat(turn.begin()).as("again").isFalse();
    }

    @Test
    void shouldNotWaitWhenNothingIsPushed() {
        turn.awaitEnd();
        assertThat(turn.begin()).isTrue();
        turn.end();
        turn.awaitEnd();
    }

    @Test
    void shouldWaitForThePushUnderWay() throws InterruptedException {
        assertThat(turn.begin()).isTrue();
        final Thread closing = Thread.ofPlatform().start(turn::close);
        Session.until("it waits", () -> closing.getState() == Thread.State.TIMED_WAITING);

        turn.end();

        closing.join();
        assertThat(turn.begin()).isFalse();
    }

    @Test
    void shouldRefuseASecondPushingThread() {
        assertThat(turn.begin()).isTrue();

        assertThatThrownBy(turn::begin)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("one thread");
    }
}
