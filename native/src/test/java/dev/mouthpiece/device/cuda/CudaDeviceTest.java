package dev.mouthpiece.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mouthpiece.device.BatchCompositor;
import dev.mouthpiece.device.CompositeShare;
import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.DeviceMemory;
import dev.mouthpiece.device.DeviceMeters;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.device.open.Devices;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CudaDeviceTest {
    private static final int LAUNCH_FAILED = 719;

    private CudaDevice device;

    @BeforeEach
    void open() {
        TwinDriver.load();
        device = Cuda.open(0);
    }

    @AfterEach
    void heal() {
        if (!TwinDriver.isReal()) {
            TwinDriver.failWith(0);
            TwinDriver.leaveMemory(64 << 20);
        }
    }

    @Test
    void shouldBeChosenAndCheckedWhenAutoFindsIt() {
        final List<String> lines = new ArrayList<>();

        final Device chosen = Devices.open("auto", lines::add);

        assertThat(chosen.kind()).isEqualTo(DeviceKind.CUDA);
        assertThat(lines)
                .singleElement()
                .asString()
                .startsWith("device: cuda:0, ")
                .contains("GiB free");
    }

    @Test
    void shouldRefuseWhenAnOrdinalDoesNotExist() {
        assertThatThrownBy(() -> Devices.open("cuda:99", line -> {})).hasMessageContaining("99");
        assertThatThrownBy(() -> Devices.open("gpu", line -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("auto, cpu, cuda or cuda:N");
    }

    @Test
    void shouldUsePinnedMemoryAgainWhenAFrameIsGivenBack() {
        final I420Frame first = device.frames().take(64, 48);
        final long address = first.deviceAddress();
        device.frames().give(first);

        final I420Frame second = device.frames().take(64, 48);

        assertThat(second.deviceAddress()).isEqualTo(address).isNotZero();
        device.frames().give(second);
        assertThatThrownBy(() -> device.frames().give(second)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldKeepAPictureOnTheDeviceUntilTheLastHolderLetsGo() {
        final StillFrame still = still(32);
        device.hold(still);
        device.hold(still);
        final StillFrame.DeviceCopy copy = still.deviceCopy();

        device.release(still);
        device.hold(still);

        assertThat(copy).isNotNull();
        assertThat(still.deviceCopy()).isSameAs(copy);
        device.release(still);
        device.release(still);
        assertThatThrownBy(() -> device.release(still)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldDropIdlePicturesAndThenRefuseWhenMemoryRunsOut() {
        Assumptions.assumeFalse(TwinDriver.isReal());
        final StillFrame idle = still(64);
        device.hold(idle);
        device.release(idle);
        final long before = device.memory().pictures();
        TwinDriver.leaveMemory(0);

        final StillFrame small = still(48);
        device.hold(small);

        assertThat(device.memory().pictures()).isLessThan(before + 48 * 48 * 9 / 2);
        assertThat(small.deviceCopy()).isNotNull();
        final List<StillFrame> held = new ArrayList<>();
        final DeviceException refused = catchThrowableOfType(DeviceException.class, () -> {
            for (int i = 0; i < 200; i++) {
                final StillFrame still = still(128);
                device.hold(still);
                held.add(still);
            }
        });
        assertThat(refused).hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
        assertThat(refused.isLost()).isFalse();
        TwinDriver.leaveMemory(64 << 20);
        held.forEach(device::release);
        device.release(small);
        device.verify();
    }

    @Test
    void shouldTellTheDeviceIsLostWhenAKernelFails() {
        Assumptions.assumeFalse(TwinDriver.isReal());
        final StillFrame still = still(32);
        device.hold(still);
        final I420Frame out = device.frames().take(32, 32);
        final BatchCompositor compositor = device.newCompositor();
        final Patches patches = new Patches();
        patches.onDevice(Objects.requireNonNull(still.deviceCopy()).rgbAddress());
        compositor.begin(patches, 8);
        compositor.add(still, 0, PatchPlace.at(4, 4), 1, out);
        TwinDriver.failWith(LAUNCH_FAILED);

        final DeviceException lost = catchThrowableOfType(DeviceException.class, compositor::finish);

        assertThat(lost).hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED");
        assertThat(lost.isLost()).isTrue();
        assertThat(DeviceException.EXIT_CODE).isEqualTo(75);
    }

    @Test
    void shouldLeaveNothingBehindWhenCompositorsAndFramesAreClosed() {
        Assumptions.assumeFalse(TwinDriver.isReal());
        device.verify();
        device.frames().give(device.frames().take(33, 21));
        final long before = TwinDriver.allocations();

        device.verify();

        assertThat(TwinDriver.allocations()).isLessThanOrEqualTo(before + 12 * 8 * 3);
        device.close();
        assertThat(TwinDriver.allocations()).isLessThan(before);
    }

    @Test
    void shouldCountStagesCopiesAndMemoryWhenABatchIsComposited() {
        final StillFrame still = still(32);
        device.hold(still);
        final I420Frame out = device.frames().take(32, 32);
        final DeviceMeters meters = device.meters();
        final long copies = meters.copies();
        final long toDevice = meters.bytesToDevice();
        final long toHost = meters.bytesToHost();
        final long compositeNs = meters.ns(DeviceStage.COMPOSITE);
        final Patches patches = new Patches();
        patches.onDevice(Objects.requireNonNull(still.deviceCopy()).rgbAddress());
        try (BatchCompositor compositor = device.newCompositor()) {
            compositor.begin(patches, 8);
            compositor.add(still, 0, PatchPlace.at(4, 4), 1, out);
            compositor.finish();
        }

        assertThat(meters.copies()).isEqualTo(copies + 1);
        assertThat(meters.bytesToDevice()).isEqualTo(toDevice + CudaCompositor.ROW_BYTES);
        assertThat(meters.bytesToHost()).isEqualTo(toHost + out.data().capacity());
        assertThat(meters.ns(DeviceStage.COMPOSITE)).isGreaterThan(compositeNs);
        assertThat(meters.ns(DeviceStage.COPY)).isPositive();
        assertThat(meters.ns(DeviceStage.GENERATE)).isZero();
        if (!TwinDriver.isReal()) {
            TwinDriver.leaveMemory(48 << 20);
        }
        final DeviceMemory memory = device.memory();
        assertThat(memory.used()).isEqualTo(memory.total() - memory.free()).isPositive();
        assertThat(memory.pictures()).isGreaterThanOrEqualTo(32 * 32 * 9 / 2);
        assertThat(memory.pinned()).isGreaterThanOrEqualTo(out.data().capacity());
        device.frames().give(out);
        device.release(still);
    }

    @Test
    void shouldTellCompositingsShareOfTheMemorysBandwidthAndLeaveNothingBehind() {
        final long before = TwinDriver.isReal() ? 0 : TwinDriver.allocations();
        try (CompositeMeter meter = new CompositeMeter(device, 2, 8, 16, 16)) {
            final CompositeShare onDevice = meter.measure(CompositeShare.Target.DEVICE, 5, 1 << 16);
            final CompositeShare toHost = meter.measure(CompositeShare.Target.HOST, 5, 1 << 16);

            // Two patches of 8 x 8 RGB, two frames of 16 x 16 I420 read but for the patch, and written.
            assertThat(onDevice.bytes()).isEqualTo(2 * (192 + (384 - 96) + 384));
            assertThat(toHost.bytes()).isEqualTo(2 * 384);
            assertThat(onDevice.share()).isPositive().isFinite();
            assertThat(toHost.share()).isPositive().isFinite();
        }
        if (!TwinDriver.isReal()) {
            // Pictures and pinned frames are kept for the next who need them.
            assertThat(TwinDriver.allocations()).isBetween(before, before + 4 * 2 * 2);
        }
    }

    private static StillFrame still(int side) {
        return new StillFrame(side, side, ByteBuffer.allocateDirect(3 * side * side));
    }
}
