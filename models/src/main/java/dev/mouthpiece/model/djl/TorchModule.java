package dev.mouthpiece.model.djl;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TorchScript file, loaded. Several threads may run it at once, each with its own inputs.
 *
 * <p>It runs as written from the first call on. libtorch's graph optimizer would spend 50 to 700 ms in each of the first
 * two calls and gain nothing afterwards (measured with all modules of puppet and face).
 *
 * <p>It lives until everyone who shares it has closed it, so that a model may be closed while an inference thread is
 * still in a call.
 */
final class TorchModule implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(TorchModule.class);
    private static final String[] NO_EXTRA_FILES = new String[0];

    private final String name;
    private final PtNDManager manager;
    private final PtSymbolBlock block;
    private final long handle;
    private final TorchCalls calls = TorchCalls.best();
    /** Whether plain execution failed where the optimizer's did not. */
    private volatile boolean optimized;

    private final AtomicInteger owners = new AtomicInteger(1);

    private TorchModule(String name, PtNDManager manager, PtSymbolBlock block) {
        this.name = name;
        this.manager = manager;
        this.block = block;
        this.handle = block.getHandle();
    }

    /**
     * Loads a file of a package, after a look at its hash.
     *
     * @throws ModelException if the file is damaged or no module
     */
    static TorchModule load(ModelPackage files, String file, DeviceKind device) {
        final Path path = files.file(file);
        final PtNDManager manager = TorchEngine.newManager(device);
        try {
            final PtSymbolBlock block = JniUtils.loadModule(manager, path, true, NO_EXTRA_FILES, NO_EXTRA_FILES, false);
            return new TorchModule(files.manifest().name() + "/" + file, manager, block);
        } catch (EngineException e) {
            manager.close();
            throw new ModelException(path + " is no TorchScript module that this libtorch loads: " + firstLine(e), e);
        }
    }

    /** Package and file, for messages. */
    String name() {
        return name;
    }

    /**
     * Runs {@code forward}. The caller closes the result.
     *
     * @throws ModelException if the module fails
     */
    IValue run(IValue... inputs) {
        try {
            return forward(inputs);
        } catch (EngineException e) {
            return afterFailure(e, () -> forward(inputs));
        }
    }

    /**
     * The same past DJL's objects, on the host.
     *
     * @param result empty; filled, for the caller to release
     * @throws ModelException if the module fails
     */
    void run(TorchArguments arguments, TorchResult result) {
        try {
            calls.run(handle, arguments, optimized, result);
        } catch (EngineException e) {
            afterFailure(e, () -> {
                calls.run(handle, arguments, optimized, result);
                return result;
            });
        }
    }

    /** Gives back what {@link #run(TorchArguments, TorchResult)} filled. */
    void release(TorchResult result) {
        calls.release(result);
    }

    long handle() {
        return handle;
    }

    private <T> T afterFailure(EngineException e, Supplier<T> again) {
        throwIfOfTheDevice(e);
        if (optimized) {
            throw new ModelException(name + " failed: " + lastLine(e), e);
        }
        return runOptimized(e, again);
    }

    private void throwIfOfTheDevice(EngineException e) {
        final DeviceException.Fault fault = TorchCuda.faultOf(String.valueOf(e.getMessage()));
        if (fault != null) {
            throw new DeviceException(fault, name + ": " + lastLine(e), e);
        }
    }

    /** Traces made without a thought of plain execution mix float widths in ways that only the optimizer irons out. */
    private <T> T runOptimized(EngineException plain, Supplier<T> again) {
        optimized = true;
        try {
            final T result = again.get();
            LOGGER.warn(
                    "{} runs with libtorch's graph optimizer only, which makes its first calls slow; export it for plain"
                            + " execution (models/README.md): {}",
                    name,
                    lastLine(plain));
            return result;
        } catch (EngineException e) {
            optimized = false;
            throw new ModelException(name + " failed: " + lastLine(e), e);
        }
    }

    private IValue forward(IValue... inputs) {
        // Belongs to the calling thread, so every call says it anew.
        JniUtils.setGraphExecutorOptimize(optimized);
        return block.forward(inputs);
    }

    private static String firstLine(EngineException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** Where TorchScript puts the reason, below its traceback. */
    private static String lastLine(EngineException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .filter(line -> !line.isBlank())
                .reduce("", (before, line) -> line);
    }

    /** Another owner's share, to be closed by it. */
    TorchModule share() {
        owners.incrementAndGet();
        return this;
    }

    @Override
    public void close() {
        if (owners.decrementAndGet() == 0) {
            block.close();
            manager.close();
        }
    }
}
