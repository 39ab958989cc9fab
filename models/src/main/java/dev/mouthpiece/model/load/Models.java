package dev.mouthpiece.model.load;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.CpuPrecision;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.djl.TorchEngine;
import dev.mouthpiece.model.djl.TorchFaceFinder;
import dev.mouthpiece.model.djl.TorchLipSyncModel;
import dev.mouthpiece.model.pattern.PatternModel;

/** Opens packages, each with the engine that runs it. Loading blocks: half a second where the engine is not up yet. */
public final class Models {
    private Models() {}

    /**
     * Lets the engine start in the background. Worth a call, first thing, where a model will be opened: it takes half a
     * second of one core, while manifests are read and files hashed on another. Returns at once.
     */
    public static void startEngine() {
        TorchEngine.startInBackground();
    }

    /** Waits for {@link #startEngine}: a process that ends while libraries are loaded may crash. Does nothing where it was not called. */
    public static void awaitEngine() throws InterruptedException {
        TorchEngine.awaitStart();
    }

    /**
     * Which engine runs models here, in words. Starts it at the first call.
     *
     * @throws dev.mouthpiece.model.EngineException if the engine does not start
     */
    public static String engine() {
        return TorchEngine.describe();
    }

    /**
     * Whether models can be loaded on such a device: a libtorch built for the CPU cannot use a GPU that is there. Starts the engine.
     *
     * @throws dev.mouthpiece.model.EngineException if the engine does not start
     */
    public static boolean isUsable(DeviceKind device) {
        return TorchEngine.isUsable(device);
    }

    /**
     * Loads a lip-sync model. A CPU computes in the best numbers that package and processor have.
     *
     * @throws ModelException if the package is of another kind, damaged, or does not load on this device
     */
    public static LipSyncModel open(ModelPackage files, DeviceKind device) {
        return open(files, device, CpuPrecision.chosen());
    }

    /** {@link #open(ModelPackage, DeviceKind)}, a CPU computing in these numbers. */
    static LipSyncModel open(ModelPackage files, DeviceKind device, CpuPrecision precision) {
        return switch (files.manifest().kind()) {
            case LIPSYNC -> new TorchLipSyncModel(files, device, precision);
            case PATTERN -> new PatternModel(files);
            case FACE ->
                throw new ModelException(
                        files.manifest().name() + " finds faces, it is no lip-sync model: choose another");
        };
    }

    /**
     * Loads a face finder. It works on the CPU whatever the device: a tenth of a second, once an avatar.
     *
     * @throws ModelException if the package is of another kind, damaged, or does not load
     */
    public static FaceFinder openFaceFinder(ModelPackage files, DeviceKind device) {
        return new TorchFaceFinder(files, DeviceKind.CPU);
    }
}
