package dev.mouthpiece.device;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The CPU: pictures in ordinary memory, composited one by one. */
public final class HostDevice implements Device {
    private final Compositor compositor;
    private final FrameMemory frames = new HostFrames();
    private final DeviceMeters meters = new DeviceMeters();

    public HostDevice() {
        this(new HostCompositor());
    }

    /** A CPU that composites with {@code compositor}. */
    public HostDevice(Compositor compositor) {
        this.compositor = compositor;
    }

    @Override
    public DeviceKind kind() {
        return DeviceKind.CPU;
    }

    @Override
    public String id() {
        return "cpu";
    }

    /** The machine's; Java's own is what it tells of itself. */
    @Override
    public DeviceMemory memory() {
        final OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new DeviceMemory(machine.getFreeMemorySize(), machine.getTotalMemorySize(), 0, 0);
    }

    @Override
    public DeviceMeters meters() {
        return meters;
    }

    @Override
    public String describe() {
        return "cpu, " + Runtime.getRuntime().availableProcessors() + " cores";
    }

    @Override
    public BatchCompositor newCompositor() {
        return new OneByOne(compositor);
    }

    @Override
    public FrameMemory frames() {
        return frames;
    }

    @Override
    public void hold(StillFrame still) {}

    @Override
    public void release(StillFrame still) {}

    @Override
    public void close() {}

    /** Every picture is written when it is added. */
    private static final class OneByOne implements BatchCompositor {
        private final Compositor compositor;
        private @Nullable ByteBuffer patches;
        private int side;

        OneByOne(Compositor compositor) {
            this.compositor = compositor;
        }

        @Override
        public void begin(Patches batch, int patchSide) {
            patches = batch.host();
            side = patchSide;
        }

        @Override
        public void add(StillFrame still, int row, PatchPlace place, float opacity, I420Frame out) {
            final ByteBuffer bytes = Objects.requireNonNull(patches, "the batch's patches are not in host memory");
            final int offset = row * 3 * side * side;
            if (place.isExact() && opacity == 1f) {
                compositor.composite(still, bytes, offset, side, place.x(), place.y(), out);
            } else {
                compositor.blend(still, bytes, offset, side, place, opacity, out);
            }
        }

        @Override
        public void finish() {}

        @Override
        public void close() {}
    }
}
