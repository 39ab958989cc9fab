package dev.mouthpiece.worker.media.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.media.PipelineConfig;
import org.junit.jupiter.api.Test;

class BatchCostsTest {
    private static final long MS = 1_000_000L;

    /** Saturates at eight rows. */
    private final BatchCosts costs =
            BatchCosts.of(new int[] {1, 2, 4, 8, 16}, new long[] {5 * MS, 6 * MS, 8 * MS, 13 * MS, 25 * MS});

    @Test
    void shouldCallABatchFullWhereMoreRowsMakeNoMoreFrames() {
        assertThat(costs.fullRows(64)).isEqualTo(8);
        assertThat(costs.fullRows(6)).isEqualTo(4);
        assertThat(BatchCosts.of(new int[] {1, 2}, new long[] {10, 20}).fullRows(64))
                .isEqualTo(1);
        assertThat(BatchCosts.UNKNOWN.fullRows(64)).isEqualTo(64);
    }

    @Test
    void shouldTakeTheCostOfTheNextSizeThatWasMeasured() {
        assertThat(costs.costNs(1)).isEqualTo(5 * MS);
        assertThat(costs.costNs(3)).isEqualTo(8 * MS);
        assertThat(costs.costNs(99)).isEqualTo(25 * MS);
    }

    @Test
    void shouldLeaveInTimeForAFullBatchBeforeItAndForItself() {
        assertThat(costs.leadNs(3, 8)).isEqualTo(20 * MS + 13 * MS + 8 * MS);
        assertThat(BatchCosts.of(new int[] {1}, new long[] {500 * MS}).leadNs(1, 1))
                .isEqualTo(160 * MS);
    }

    @Test
    void shouldMakeAGpusBatchesAsLargeAsPaysAndPassOverWhatABatchCannotReach() {
        final BatchLimits limits = PipelineConfig.forGpu(64, costs).batches();

        assertThat(limits.maxRows()).isEqualTo(8);
        assertThat(limits.maxServiceNs()).isEqualTo(26 * MS);
        assertThat(PipelineConfig.forGpu(64, BatchCosts.UNKNOWN).batches().maxRows())
                .isEqualTo(64);
    }

    @Test
    void shouldRefuseSizesThatDoNotAscendOrCostNothing() {
        assertThatThrownBy(() -> BatchCosts.of(new int[] {2, 1}, new long[] {1, 1}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BatchCosts.of(new int[] {1}, new long[] {0}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BatchCosts.of(new int[] {1}, new long[] {1, 2}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
