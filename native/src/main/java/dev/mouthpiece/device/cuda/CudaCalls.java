package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_OUT_OF_MEMORY;
import static org.bytedeco.cuda.global.cudart.CUDA_SUCCESS;
import static org.bytedeco.cuda.global.cudart.cuGetErrorName;

import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.DeviceException.Fault;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** What the driver's result codes mean to us. */
final class CudaCalls {
    private CudaCalls() {}

    /**
     * Looks at a result.
     *
     * @throws DeviceException if it is none of success; everything but a lack of memory is the end of this process's device:
     *     such errors stay with the context, and every later call repeats them
     */
    static void check(int result, String what) {
        if (result != CUDA_SUCCESS) {
            throw new DeviceException(
                    result == CUDA_ERROR_OUT_OF_MEMORY ? Fault.MEMORY : Fault.LOST,
                    "CUDA cannot " + what + ": " + name(result));
        }
    }

    /** {@code CUDA_ERROR_OUT_OF_MEMORY}; the number where the driver has no name for it. */
    static String name(int result) {
        try (PointerPointer<BytePointer> name = new PointerPointer<>(1)) {
            if (cuGetErrorName(result, name) == CUDA_SUCCESS) {
                final BytePointer text = name.get(BytePointer.class);
                if (text != null) {
                    return text.getString();
                }
            }
        }
        return "error " + result;
    }
}
