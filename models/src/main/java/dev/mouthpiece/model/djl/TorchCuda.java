package dev.mouthpiece.model.djl;

import ai.djl.pytorch.engine.PtNDArray;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.cuda.Cuda;
import dev.mouthpiece.device.cuda.CudaDevice;
import dev.mouthpiece.model.EngineException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * What DJL does not offer of libtorch, by its stable C interface: where a tensor's numbers are, how they lie, and which
 * stream a thread's kernels go to. A tensor's handle in DJL is the pointer that this interface takes.
 */
@SuppressWarnings("restricted") // Symbols of a library that DJL has loaded, with the signatures of its header.
final class TorchCuda {
    private static final FunctionDescriptor READ =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
    private static final ThreadLocal<Boolean> BOUND = new ThreadLocal<>();

    private TorchCuda() {}

    /** Where the first number of a tensor is: in host memory, or the device's address. */
    static long address(PtNDArray tensor) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
            readAddress(tensor.getHandle(), result);
            return result.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /** The same by the tensor's handle, into a long in memory. */
    static void readAddress(long tensor, MemorySegment result) {
        try {
            check((int) Handles.DATA.invokeExact(tensor, result), "aoti_torch_get_data_ptr");
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** How many numbers a tensor has, into a long in memory. */
    static void readCount(long tensor, MemorySegment result) {
        try {
            check((int) Handles.COUNT.invokeExact(tensor, result), "aoti_torch_get_numel");
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Whether a tensor's numbers lie row after row, without gaps. */
    static boolean isContiguous(PtNDArray tensor) {
        final long[] shape = tensor.getShape().getShape();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment result = arena.allocate(ValueLayout.ADDRESS);
            check((int) Handles.STRIDES.invokeExact((long) tensor.getHandle(), result), "aoti_torch_get_strides");
            final MemorySegment strides =
                    result.get(ValueLayout.ADDRESS, 0).reinterpret(shape.length * ValueLayout.JAVA_LONG.byteSize());
            long expected = 1;
            for (int i = shape.length - 1; i >= 0; i--) {
                if (shape[i] != 1 && strides.getAtIndex(ValueLayout.JAVA_LONG, i) != expected) {
                    return false;
                }
                expected *= shape[i];
            }
            return true;
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** From now on the calling thread's kernels go to its own stream, behind its copies. For threads that run batches. */
    static void bindStream() {
        if (BOUND.get() == null) {
            final CudaDevice device = Cuda.device();
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment guard = arena.allocate(ValueLayout.ADDRESS);
                final MethodHandle create = Linker.nativeLinker()
                        .downcallHandle(
                                symbol("aoti_torch_create_cuda_stream_guard"),
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.ADDRESS));
                // The guard is never taken back: the thread keeps its stream as long as it lives.
                check(
                        (int) create.invokeExact(device.threadStream().address(), device.ordinal(), guard),
                        "aoti_torch_create_cuda_stream_guard");
            } catch (Throwable e) {
                throw rethrow(e);
            }
            BOUND.set(true);
        }
    }

    /**
     * What a failure of libtorch means for the device; null if it is the module's.
     *
     * @param message as libtorch words it
     */
    static DeviceException.@Nullable Fault faultOf(String message) {
        if (message.contains("CUDA out of memory") || message.contains("OutOfMemoryError")) {
            return DeviceException.Fault.MEMORY;
        }
        final boolean lost = message.contains("CUDA error")
                || message.contains("CUDA driver error")
                || message.contains("CUBLAS_STATUS")
                || message.contains("CUDNN_STATUS")
                || message.contains("device-side assert");
        return lost ? DeviceException.Fault.LOST : null;
    }

    private static void check(int result, String what) {
        if (result != 0) {
            throw new IllegalStateException("libtorch refuses " + what + ": " + result);
        }
    }

    private static RuntimeException rethrow(Throwable e) {
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }

    private static MemorySegment symbol(String name) {
        return SymbolLookup.loaderLookup()
                .find(name)
                .orElseThrow(() -> new EngineException(
                        "this libtorch has no " + name + ": for a GPU, it must be one built for CUDA (README.md)",
                        new LinkageError(name)));
    }

    /** Looked up once libtorch is there. */
    private static final class Handles {
        static final MethodHandle DATA = Linker.nativeLinker().downcallHandle(symbol("aoti_torch_get_data_ptr"), READ);
        static final MethodHandle COUNT = Linker.nativeLinker().downcallHandle(symbol("aoti_torch_get_numel"), READ);
        static final MethodHandle STRIDES =
                Linker.nativeLinker().downcallHandle(symbol("aoti_torch_get_strides"), READ);
    }
}
