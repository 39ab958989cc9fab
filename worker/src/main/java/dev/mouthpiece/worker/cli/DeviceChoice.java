package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.open.Devices;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.batch.BatchCosts;
import java.util.function.Consumer;

/** The device that a command computes on. */
final class DeviceChoice {
    private static final String AUTO = "auto";

    private DeviceChoice() {}

    /**
     * Opens it; the caller closes it, after everything that computes on it.
     *
     * @param setting what made the choice, as errors call it: an option or a setting
     * @param choice {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
     * @param log hears one line: what is used, and with {@code auto} why not a GPU
     * @throws BadInputException if there is no such device
     * @throws DeviceException if it is there and cannot be used
     */
    static Device open(String setting, String choice, Consumer<String> log) {
        try {
            if (!choice.strip().equalsIgnoreCase(AUTO)) {
                return Devices.open(choice, log);
            }
            final Device found = Devices.open(AUTO, log);
            return Models.isUsable(found.kind()) ? found : fallBack(found, log);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(setting + ": " + e.getMessage(), e);
        }
    }

    /** The libtorch that comes along is built for the CPU; a machine with a GPU may have no other. */
    private static Device fallBack(Device unusable, Consumer<String> log) {
        unusable.close();
        log.accept("this libtorch is not built for CUDA (README.md, On a GPU)");
        return Devices.open("cpu", log);
    }

    /**
     * The media path's sizes for rooms on this device.
     *
     * @param costs of the model's batches; a CPU's batches are small and do not wait for more
     */
    static PipelineConfig path(Device device, LipSyncModel model, BatchCosts costs) {
        return device.kind() == DeviceKind.CUDA
                ? PipelineConfig.forGpu(
                        model.manifest().requireRender().batchBuckets().getLast(), costs)
                : PipelineConfig.forLive(Runtime.getRuntime().availableProcessors());
    }

    /** Nothing can be closed in order any more: what queued the sessions gives them to others. */
    static void leave(DeviceException lost) {
        System.err.println("mouthpiece: the device is lost, the process leaves: " + lost.getMessage());
        Runtime.getRuntime().halt(DeviceException.EXIT_CODE);
    }
}
