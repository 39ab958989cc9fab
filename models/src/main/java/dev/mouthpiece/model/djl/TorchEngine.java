package dev.mouthpiece.model.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDManager;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.cuda.Cuda;
import dev.mouthpiece.model.Installation;
import dev.mouthpiece.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The process's one libtorch: started at first use, offline, and never stopped.
 *
 * <p>Its libraries come out of a jar, 430 MB at the first start on a machine, into {@link Installation#cache} (or where
 * {@code DJL_CACHE_DIR} says). DJL's own extraction may delete what another process has just extracted, so the first
 * start holds a lock on the folder; later ones see its mark and take none.
 *
 * <p>Every thread that calls a module computes on its own, {@link #INTRA_OP_THREADS} wide: several sessions side by side
 * get more out of the cores than one call spread over them.
 */
public final class TorchEngine {
    static final int INTRA_OP_THREADS = 1;

    private static final String NAME = "PyTorch";

    private static @Nullable Thread starting;

    private TorchEngine() {}

    /**
     * Starts the engine on a thread of its own, so that its half second passes while the caller does other things. Who
     * opens a model meanwhile waits; a failure is told there.
     */
    public static synchronized void startInBackground() {
        if (starting == null) {
            starting = Thread.ofPlatform().name("engine-start").daemon().start(() -> {
                try {
                    engine();
                } catch (dev.mouthpiece.model.EngineException e) {
                    // Told to whoever needs the engine.
                }
            });
        }
    }

    /** Waits until a start in the background is over, if there is one. */
    public static void awaitStart() throws InterruptedException {
        final Thread thread;
        synchronized (TorchEngine.class) {
            thread = starting;
        }
        if (thread != null) {
            thread.join();
        }
    }

    /**
     * Its version and what it was built for. Starts it at the first call.
     *
     * @throws dev.mouthpiece.model.EngineException if the engine does not start
     */
    public static String describe() {
        final Engine engine = engine();
        return "libtorch " + engine.getVersion() + ", " + (engine.getGpuCount() > 0 ? "built for CUDA" : "for the CPU");
    }

    /** Whether libtorch can compute on such a device. Starts it at the first call, which takes half a second. */
    public static boolean isUsable(DeviceKind device) {
        return device == DeviceKind.CPU || engine().getGpuCount() > 0;
    }

    /**
     * A manager for tensors on a device of this kind, starting the engine where that has not happened yet.
     *
     * @throws dev.mouthpiece.model.EngineException if the engine does not start
     * @throws ModelException if it has no such device
     */
    static PtNDManager newManager(DeviceKind device) {
        if (!isUsable(device)) {
            throw new ModelException("the PyTorch engine sees no CUDA device; run with the device cpu");
        }
        return (PtNDManager) engine().newBaseManager(
                        device == DeviceKind.CUDA ? Device.gpu(Cuda.device().ordinal()) : Device.cpu());
    }

    /** The engine, started at the first call; where that fails, every call fails likewise. */
    private static Engine engine() {
        if (Holder.RESULT instanceof Engine engine) {
            return engine;
        }
        final Throwable cause = (Throwable) Holder.RESULT;
        throw new dev.mouthpiece.model.EngineException("the PyTorch engine does not start: " + reason(cause), cause);
    }

    /** The innermost message names the library that is missing. */
    private static String reason(Throwable failure) {
        Throwable inner = failure;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        final String message = String.valueOf(inner.getMessage());
        return message.contains("libcuda.so")
                ? message + "; this libtorch is built for CUDA and needs the driver (docker run --gpus all)"
                : message;
    }

    /** Initialised once, by the first thread that asks; others wait. */
    private static final class Holder {
        static final Object RESULT = start();

        private static Object start() {
            try {
                return load();
            } catch (IOException | EngineException | LinkageError e) {
                return e;
            }
        }
    }

    private static Engine load() throws IOException {
        setDefault("ai.djl.offline", "true");
        setDefault("ai.djl.pytorch.num_threads", Integer.toString(INTRA_OP_THREADS));
        setDefault("ai.djl.pytorch.num_interop_threads", "1");
        // Only silences DJL's advice: TorchModule sets it for each of its calls.
        setDefault("ai.djl.pytorch.graph_optimizer", "false");
        final Path cache = Files.createDirectories(cache());
        final Path mark = cache.resolve(".extracted-" + libraryVersions());
        if (Files.exists(mark)) {
            return Engine.getEngine(NAME);
        }
        try (FileChannel file =
                        FileChannel.open(cache.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            final Engine engine = Engine.getEngine(NAME);
            if (lock.isValid() && Files.notExists(mark)) {
                Files.createFile(mark);
            }
            return engine;
        }
    }

    /** Where DJL extracts to: as the environment or a system property says, else in our own cache. */
    private static Path cache() {
        final String chosen = System.getenv("DJL_CACHE_DIR");
        if (chosen != null && !chosen.isEmpty()) {
            return Path.of(chosen);
        }
        setDefault("DJL_CACHE_DIR", Installation.cache().resolve("djl").toString());
        return Path.of(System.getProperty("DJL_CACHE_DIR"));
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** What the jars on the class path hold: {@code 2.7.1-2.7.1-0.35.1}; where there are none, an empty version. */
    private static String libraryVersions() throws IOException {
        return property("native/lib/pytorch.properties", "version") + "-"
                + property("jnilib/pytorch.properties", "jni_version");
    }

    private static String property(String resource, String name) throws IOException {
        try (InputStream in = Engine.class.getClassLoader().getResourceAsStream(resource)) {
            final Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty(name, "");
        }
    }
}
