package dev.mouthpiece.worker.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PhasePlanTest {
    private static final long PERIOD_NS = 40_000_000L;
    private static final long STEP_NS = 2_500_000L;

    private final PhasePlan plan = new PhasePlan();

    @Test
    void shouldGiveSixteenSessionsSixteenPlaces() {
        final Set<Long> places = new HashSet<>();
        for (int i = 0; i < 16; i++) {
            places.add(Math.floorMod(plan.take(i * 1_234_567L), PERIOD_NS));
        }

        assertThat(places).hasSize(16).allMatch(place -> place % STEP_NS == 0);
    }

    @Test
    void shouldKeepEightSessionsApartByMoreThanOnePlace() {
        final long[] places = new long[8];
        for (int i = 0; i < places.length; i++) {
            places[i] = Math.floorMod(plan.take(0), PERIOD_NS) / STEP_NS;
        }
        Arrays.sort(places);

        int neighbours = 0;
        for (int i = 1; i < places.length; i++) {
            neighbours += places[i] - places[i - 1] == 1 ? 1 : 0;
        }
        assertThat(neighbours).isLessThanOrEqualTo(3);
    }

    @Test
    void shouldBeginNoEarlierThanAskedAndWithinAPeriodWhereverTheClockStands() {
        for (final long earliestNs : new long[] {0, 1, 39_999_999L, -1, -40_000_001L, 123_456_789_012L}) {
            final long startNs = plan.take(earliestNs);

            assertThat(startNs - earliestNs).isBetween(0L, PERIOD_NS);
            plan.giveBack(startNs);
        }
    }

    @Test
    void shouldUseThePlaceOfASessionThatIsOver() {
        final long first = plan.take(0);
        for (int i = 1; i < 16; i++) {
            plan.take(0);
        }
        plan.giveBack(first);

        assertThat(Math.floorMod(plan.take(0), PERIOD_NS)).isEqualTo(Math.floorMod(first, PERIOD_NS));
    }
}
