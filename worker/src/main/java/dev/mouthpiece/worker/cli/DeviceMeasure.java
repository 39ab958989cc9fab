package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.LipSyncModel.Identity;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.load.Portrait;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.capacity.CapacityCurve;
import dev.mouthpiece.worker.capacity.CapacityMeter;
import dev.mouthpiece.worker.media.batch.BatchCosts;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.rtc.Rtc;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Measures what a device holds of a model, with the avatar that the package brings in its goldens. */
final class DeviceMeasure {
    private final Device device;
    private final ModelPackage files;
    private final LipSyncModel model;
    private final FrameSize frame;
    private final @Nullable Rtc rtc;

    /**
     * Device and model are borrowed.
     *
     * @param rtc encodes the pictures as live rooms do; null where they are thrown away
     */
    DeviceMeasure(Device device, ModelPackage files, LipSyncModel model, FrameSize frame, @Nullable Rtc rtc) {
        this.rtc = rtc;
        this.device = device;
        this.files = files;
        this.model = model;
        this.frame = frame;
    }

    /**
     * Measures. Blocks for {@code seconds} and two more for each number of sessions that is tried, a dozen.
     *
     * @param seconds how long a number of sessions speaks
     * @param most sessions that are tried
     * @param log hears a line for each step
     */
    CapacityCurve run(double seconds, int most, Consumer<String> log) {
        return withMeter(seconds, log, meter -> meter.measure(most));
    }

    /**
     * What batches cost on a GPU: as kept by {@code measure}, else measured now, which takes some seconds. Unknown on a CPU, whose
     * batches are small.
     *
     * @param log hears a line for each step
     */
    BatchCosts costs(Consumer<String> log) {
        if (device.kind() == DeviceKind.CPU) {
            return BatchCosts.UNKNOWN;
        }
        final List<CapacityCurve.BatchCost> batches = CapacityMeter.kept(device, model, frame.width(), frame.height())
                .map(CapacityCurve::batches)
                .filter(kept -> !kept.isEmpty())
                .orElseGet(() -> withMeter(1, log, CapacityMeter::batches));
        return CapacityCurve.costs(batches);
    }

    private <T> T withMeter(double seconds, Consumer<String> log, Function<CapacityMeter, T> work) {
        final Manifest.Render render = model.manifest().requireRender();
        final int side = patchSize(render);
        try (Identity identity = Portrait.ofGolden(files).resized(side).prepare(model)) {
            final StillFrame still = new StillFrame(
                    frame.width(), frame.height(), ByteBuffer.allocateDirect(frame.width() * frame.height() * 3));
            final var avatar = new AvatarFrame(identity.slot(), still, place(render, side));
            return work.apply(new CapacityMeter(
                    device, model, side, avatar, costs -> DeviceChoice.path(device, model, costs), seconds, rtc, log));
        }
    }

    /** The patch that a face composed for this frame takes. */
    private int patchSize(Manifest.Render render) {
        final double eyes = Math.min(0.20 * frame.width(), 0.15 * frame.height());
        for (final Manifest.Patch patch : render.patches()) {
            if (render.placement() == Manifest.Placement.BOX || patch.size() * render.eyeDistance() >= eyes * 0.98) {
                return patch.size();
            }
        }
        return render.patches().getLast().size();
    }

    private PatchPlace place(Manifest.Render render, int side) {
        final Manifest.Box box = render.box();
        if (box == null) {
            return PatchPlace.at((frame.width() - side) / 4 * 2, (frame.height() - side) / 4 * 2);
        }
        // A face of head and shoulders: half the frame wide, and taller than wide.
        final double width = 0.5 * frame.width();
        return PatchPlace.scaled(width / 2, 0.2 * frame.height(), width, 1.3 * width, side, box.feather());
    }
}
