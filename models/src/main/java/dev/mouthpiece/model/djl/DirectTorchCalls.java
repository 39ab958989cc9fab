package dev.mouthpiece.model.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import dev.mouthpiece.model.Installation;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A module run by one call of a small library of our own (models/src/main/torch), which leaves nothing on the heap. The library is
 * made for one version of libtorch on Linux x86_64; where another runs, there is none.
 */
@SuppressWarnings("restricted") // Functions of our own library, with the signatures of its source.
final class DirectTorchCalls implements TorchCalls {
    private static final Logger LOGGER = LoggerFactory.getLogger(DirectTorchCalls.class);

    private DirectTorchCalls() {}

    /**
     * Once libtorch is there.
     *
     * @return null where the library does not fit the machine or its libtorch
     */
    static @Nullable TorchCalls load() {
        return Library.SYMBOLS == null ? null : new DirectTorchCalls();
    }

    @Override
    public void run(long module, TorchArguments arguments, boolean optimized, TorchResult result) {
        final int failure;
        try {
            failure = (int) Handles.RUN.invokeExact(
                    module, arguments.pointers(), arguments.values().length, optimized ? 1 : 0, result.struct());
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (failure != 0) {
            throw new EngineException(takeMessage(result.message()));
        }
    }

    private static String takeMessage(long message) {
        if (message == 0) {
            return "out of memory, even for the reason";
        }
        try {
            final String text =
                    MemorySegment.ofAddress(message).reinterpret(Long.MAX_VALUE).getString(0);
            Handles.FORGET.invokeExact(message);
            return text;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void release(TorchResult result) {
        try {
            Handles.RELEASE.invokeExact(result.tensor());
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        result.clear();
    }

    /** Opened once, and never closed. */
    private static final class Library {
        static final @Nullable SymbolLookup SYMBOLS = open();

        private static @Nullable SymbolLookup open() {
            final String name =
                    "mouthpiece-torch-" + Engine.getEngine("PyTorch").getVersion() + ".so";
            final String folder = System.getProperty("os.name").toLowerCase(Locale.ROOT) + "-"
                    + System.getProperty("os.arch").replace("amd64", "x86_64");
            try (InputStream resource = DirectTorchCalls.class.getResourceAsStream(folder + "/" + name)) {
                if (resource == null) {
                    return null;
                }
                return SymbolLookup.libraryLookup(extracted(name, resource.readAllBytes()), Arena.global());
            } catch (IOException | IllegalArgumentException e) {
                // The loader says no: a libtorch made otherwise, an older C library, a folder without the right to
                // execute.
                LOGGER.debug("libtorch is called by DJL, at 72 bytes of heap a call", e);
                return null;
            }
        }

        private static Path extracted(String name, byte[] library) throws IOException {
            final Path target = Installation.cache().resolve("torch").resolve(name);
            if (Files.exists(target) && Arrays.equals(Files.readAllBytes(target), library)) {
                return target;
            }
            final Path folder = Files.createDirectories(Installation.cache().resolve("torch"));
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

    private static final class Handles {
        static final MethodHandle RUN = handle(
                "mouthpiece_torch_run",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS));
        static final MethodHandle RELEASE =
                handle("mouthpiece_torch_release", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));
        static final MethodHandle FORGET =
                handle("mouthpiece_torch_forget", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

        private static MethodHandle handle(String name, FunctionDescriptor signature) {
            final SymbolLookup symbols = Objects.requireNonNull(Library.SYMBOLS);
            return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), signature);
        }
    }
}
