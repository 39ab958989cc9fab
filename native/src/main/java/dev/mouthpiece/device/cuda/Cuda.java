package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_SUCCESS;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetCount;
import static org.bytedeco.cuda.global.cudart.cuInit;

import dev.mouthpiece.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import org.jspecify.annotations.Nullable;

/** The way in: whether there is a GPU, and the process's one device on it. Thread-safe. */
public final class Cuda {
    private static final Object LOCK = new Object();
    private static @Nullable CudaDevice opened;

    private Cuda() {}

    /**
     * What was found.
     *
     * @param devices how many GPUs; 0 if CUDA cannot be used
     * @param line one line for the log: what there is, or why there is nothing
     */
    public record Status(int devices, String line) {
        public boolean isUsable() {
            return devices > 0;
        }
    }

    /** Looks for a driver and its devices, at the first call of a process. Loads nothing where there is no driver. */
    public static Status probe() {
        return Found.STATUS;
    }

    /**
     * The process's device, opened at the first call.
     *
     * @param ordinal which one, as the driver counts ({@code CUDA_VISIBLE_DEVICES} chooses and sorts)
     * @throws DeviceException if there is no such device, or it does not open
     * @throws IllegalStateException if another one was opened before
     */
    public static CudaDevice open(int ordinal) {
        synchronized (LOCK) {
            CudaDevice device = opened;
            if (device == null || device.isClosed()) {
                final Status status = probe();
                if (ordinal < 0 || ordinal >= status.devices()) {
                    throw new DeviceException(
                            DeviceException.Fault.LOST,
                            status.isUsable()
                                    ? "there is no CUDA device " + ordinal + ": " + status.line()
                                    : status.line());
                }
                device = new CudaDevice(ordinal);
                opened = device;
            } else if (device.ordinal() != ordinal) {
                throw new IllegalStateException(
                        "a process has one device: open=" + device.ordinal() + " asked=" + ordinal);
            }
            return device;
        }
    }

    /**
     * The device that was opened.
     *
     * @throws IllegalStateException if none was
     */
    public static CudaDevice device() {
        synchronized (LOCK) {
            final CudaDevice device = opened;
            if (device == null || device.isClosed()) {
                throw new IllegalStateException("no CUDA device is open");
            }
            return device;
        }
    }

    /** Asked once; a driver that comes later is seen by the next process. */
    private static final class Found {
        private static final String DRIVER =
                System.getProperty("os.name").startsWith("Windows") ? "nvcuda.dll" : "libcuda.so.1";

        static final Status STATUS = look();

        private static Status look() {
            if (!hasDriver()) {
                return new Status(0, "no CUDA: this machine has no NVIDIA driver (" + DRIVER + ")");
            }
            try {
                // The bindings load only where both libraries are; the driver's own answer comes after that.
                final int result = cuInit(0);
                if (result != CUDA_SUCCESS) {
                    return new Status(0, "no CUDA: the driver says " + CudaCalls.name(result));
                }
                final int[] count = new int[1];
                CudaCalls.check(cuDeviceGetCount(count), "count devices");
                return new Status(
                        count[0], count[0] == 0 ? "no CUDA: the driver has no device" : count[0] + " CUDA devices");
            } catch (LinkageError e) {
                return new Status(0, "no CUDA: " + reason(e));
            } catch (DeviceException e) {
                return new Status(0, "no CUDA: " + e.getMessage());
            }
        }

        /** Asked before anything else: without a driver the bindings could only fail, and would leave files behind. */
        @SuppressWarnings("restricted") // It is opened and closed, nothing of it is called.
        private static boolean hasDriver() {
            try (Arena arena = Arena.ofConfined()) {
                SymbolLookup.libraryLookup(DRIVER, arena);
                return true;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        /** The innermost message names the library that is missing. */
        private static String reason(Throwable e) {
            Throwable inner = e;
            while (inner.getCause() != null) {
                inner = inner.getCause();
            }
            final String message =
                    String.valueOf(inner.getMessage()).lines().findFirst().orElse("");
            final int at = message.indexOf(": lib");
            return at >= 0 ? message.substring(at + 2) : message;
        }
    }
}
