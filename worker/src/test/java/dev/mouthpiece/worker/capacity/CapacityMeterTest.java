package dev.mouthpiece.worker.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.device.HostDevice;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.TestModel;
import dev.mouthpiece.worker.media.TestSessions;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.rtc.Rtc;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** With a model that costs nothing: what it says must be of the right form, how much it holds depends on the machine. */
class CapacityMeterTest {
    @Test
    @Tag("slow")
    void shouldMeasureEveryBatchAndEveryTrialUpToTheMost() throws Exception {
        final List<String> log = new ArrayList<>();
        final var avatar = new AvatarFrame(1, TestSessions.still(), PatchPlace.at(8, 8));

        final CapacityCurve curve = new CapacityMeter(
                        new HostDevice(),
                        new TestModel(),
                        TestModel.SIDE,
                        avatar,
                        costs -> PipelineConfig.forLive(2),
                        1,
                        null,
                        log::add)
                .measure(2);

        assertThat(curve.batches()).extracting(CapacityCurve.BatchCost::rows).containsExactly(1, 2, 4, 8);
        assertThat(curve.batches()).allMatch(cost -> cost.framesPerSecond() > 0 && cost.renderMs() >= 0);
        assertThat(curve.sessions()).isBetween(0, 2);
        assertThat(curve.trials()).isNotEmpty().allMatch(trial -> trial.missed() >= 0 && trial.missed() <= 1);
        assertThat(curve.frame()).isEqualTo("32x32");
        assertThat(log).isNotEmpty();
        assertThat(new ObjectMapper().readValue(curve.toJson(), CapacityCurve.class))
                .isEqualTo(curve);
        assertThat(curve.toTable()).contains("speaking sessions hold cadence").contains("rows/batch");
    }

    @Test
    @Tag("slow")
    void shouldSendATrialsPicturesThroughTheEncodersOfLiveRooms() {
        final var avatar = new AvatarFrame(
                1, new StillFrame(368, 560, ByteBuffer.allocateDirect(368 * 560 * 3)), PatchPlace.at(8, 8));

        final CapacityCurve curve = new CapacityMeter(
                        new HostDevice(),
                        new TestModel(),
                        TestModel.SIDE,
                        avatar,
                        costs -> PipelineConfig.forLive(2),
                        2,
                        Rtc.load(),
                        line -> {})
                .measure(1);

        assertThat(curve.encode()).isEqualTo("h264");
        final CapacityCurve.Trial trial = curve.trials().getFirst();
        assertThat(trial.encodersBusy()).isPositive();
        assertThat(trial.unencoded()).isBetween(0.0, 0.5);
        assertThat(curve.toTable()).contains("encoders' cores");
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("capacity-device");
    }
}
