package dev.mouthpiece.model.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import dev.mouthpiece.model.Installation;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A module run by one call of a small library of our own (models/src/main/torch), which leaves nothing on the heap. The library is
 * made for one version of libtorch on Linux x86_64; where another runs, there is none.
 *
 * <p>By JNI, since the first call of a foreign function takes Java tens of milliseconds to make.
 */
@SuppressWarnings("restricted") // A library of our own, and the text that it says failures in.
final class DirectTorchCalls implements TorchCalls {
    private static final Logger LOGGER = LoggerFactory.getLogger(DirectTorchCalls.class);

    private DirectTorchCalls() {}

    /**
     * Once libtorch is there.
     *
     * @return null where the library does not fit the machine or its libtorch
     */
    static @Nullable TorchCalls load() {
        return Library.IS_OPEN ? new DirectTorchCalls() : null;
    }

    @Override
    public void run(long module, TorchArguments arguments, boolean optimized, TorchResult result) {
        try {
            if (!run(module, arguments.pointers(), arguments.values().length, optimized, result.structAddress())) {
                throw new EngineException(takeMessage(result.message()));
            }
        } finally {
            Reference.reachabilityFence(arguments);
            Reference.reachabilityFence(result);
        }
    }

    private static String takeMessage(long message) {
        if (message == 0) {
            return "out of memory, even for the reason";
        }
        final String text =
                MemorySegment.ofAddress(message).reinterpret(Long.MAX_VALUE).getString(0);
        forget(message);
        return text;
    }

    @Override
    public void release(TorchResult result) {
        release(result.tensor());
        result.clear();
    }

    private static native boolean run(long module, long arguments, int count, boolean optimized, long result);

    private static native void release(long tensor);

    private static native void forget(long message);

    /** Opened once. */
    private static final class Library {
        static final boolean IS_OPEN = open();

        private static boolean open() {
            final String name =
                    "mouthpiece-torch-" + Engine.getEngine("PyTorch").getVersion() + ".so";
            final String folder = System.getProperty("os.name").toLowerCase(Locale.ROOT) + "-"
                    + System.getProperty("os.arch").replace("amd64", "x86_64");
            try (InputStream resource = DirectTorchCalls.class.getResourceAsStream(folder + "/" + name)) {
                if (resource == null) {
                    return false;
                }
                System.load(extracted(name, resource.readAllBytes()).toString());
                return true;
            } catch (IOException | UnsatisfiedLinkError e) {
                // A libtorch made otherwise, an older C library, a folder without the right to execute.
                LOGGER.debug("libtorch is called by DJL, at 72 bytes of heap a call", e);
                return false;
            }
        }

        private static Path extracted(String name, byte[] library) throws IOException {
            final Path folder = Files.createDirectories(Installation.cache().resolve("torch"))
                    .toAbsolutePath();
            final Path target = folder.resolve(name);
            if (Files.exists(target) && Arrays.equals(Files.readAllBytes(target), library)) {
                return target;
            }
            final Path part = Files.createTempFile(folder, name, ".part");
            try {
                Files.write(part, library);
                // Whole or not at all: another process may do the same now, or have an older one open.
                return Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        }
    }
}
