package dev.mouthpiece.device.open;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.HostDevice;
import dev.mouthpiece.device.cuda.Cuda;
import dev.mouthpiece.device.cuda.CudaDevice;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which device a process uses: {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}. */
public final class Devices {
    private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,3}))?");

    private Devices() {}

    /**
     * Opens the device; a GPU's kernels are compared with the host's before it is used.
     *
     * @param choice {@code auto} takes the first GPU where there is one, else the CPU
     * @param log hears one line: what is used, and with {@code auto} why not a GPU
     * @throws IllegalArgumentException if the choice is none of these, or names a GPU that this machine does not have
     * @throws DeviceException if a GPU is there and cannot be used
     */
    public static Device open(String choice, Consumer<String> log) {
        final String asked = choice.strip().toLowerCase(Locale.ROOT);
        if (asked.equals("auto")) {
            final Cuda.Status status = Cuda.probe();
            return status.isUsable() ? openCuda(0, log) : openHost("; " + status.line(), log);
        }
        if (asked.equals("cpu")) {
            return openHost("", log);
        }
        final Matcher cuda = CUDA.matcher(asked);
        if (!cuda.matches()) {
            throw new IllegalArgumentException("device must be auto, cpu, cuda or cuda:N: " + choice);
        }
        return openCuda(cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)), log);
    }

    private static Device openHost(String why, Consumer<String> log) {
        final HostDevice device = new HostDevice();
        log.accept("device: " + device.describe() + why);
        return device;
    }

    private static Device openCuda(int ordinal, Consumer<String> log) {
        final Cuda.Status status = Cuda.probe();
        if (ordinal >= status.devices()) {
            throw new IllegalArgumentException(
                    "there is no CUDA device " + ordinal + " (" + status.line() + "): choose cpu");
        }
        final CudaDevice device = Cuda.open(ordinal);
        try {
            device.verify();
            log.accept("device: " + device.describe());
            return device;
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }
}
