package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.cuCtxSetCurrent;
import static org.bytedeco.cuda.global.cudart.cuCtxSynchronize;
import static org.bytedeco.cuda.global.cudart.cuDeviceGet;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetName;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRelease;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRetain;
import static org.bytedeco.cuda.global.cudart.cuMemGetInfo;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuModuleUnload;

import dev.mouthpiece.device.BatchCompositor;
import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.DeviceMemory;
import dev.mouthpiece.device.DeviceMeters;
import dev.mouthpiece.device.FrameMemory;
import dev.mouthpiece.device.StillFrame;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * One GPU: its primary context, our kernels, pinned frames, and the avatars' pictures in its memory. Made by
 * {@link Cuda#open}; closed by the process's owner after every thread that used it has ended.
 */
public final class CudaDevice implements Device {
    private static final String PTX = "composite.ptx";

    private final int ordinal;
    private final int handle;
    private final String name;
    private final CUctx_st context = new CUctx_st();
    private final CUmod_st module = new CUmod_st();
    private final CUfunc_st composite = new CUfunc_st();
    private final ThreadLocal<CudaStream> streams = ThreadLocal.withInitial(() -> new CudaStream(this));
    private final DeviceMeters meters = new DeviceMeters();
    private final PinnedFrames frames;
    private final CudaStills stills;
    private volatile boolean closed;

    CudaDevice(int ordinal) {
        this.ordinal = ordinal;
        final int[] device = new int[1];
        CudaCalls.check(cuDeviceGet(device, ordinal), "open device " + ordinal);
        handle = device[0];
        final byte[] text = new byte[128];
        CudaCalls.check(cuDeviceGetName(text, text.length, handle), "name device " + ordinal);
        name = new String(text, StandardCharsets.UTF_8).split("\0", 2)[0];
        CudaCalls.check(cuDevicePrimaryCtxRetain(context, handle), "retain the primary context");
        try {
            makeCurrent();
            try (BytePointer ptx = new BytePointer(ptx())) {
                CudaCalls.check(cuModuleLoadData(module, ptx), "load the kernels");
            }
            CudaCalls.check(cuModuleGetFunction(composite, module, "composite"), "find the compositing kernel");
            frames = new PinnedFrames(this);
            stills = new CudaStills(this, freeBytes());
        } catch (RuntimeException e) {
            cuDevicePrimaryCtxRelease(handle);
            throw e;
        }
    }

    private static byte[] ptx() {
        try (InputStream in = CudaDevice.class.getResourceAsStream(PTX)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + PTX);
            }
            final byte[] text = in.readAllBytes();
            // The driver reads up to a zero byte.
            return Arrays.copyOf(text, text.length + 1);
        } catch (IOException e) {
            throw new IllegalStateException("the jar's " + PTX + " cannot be read", e);
        }
    }

    /** The device's number, as the driver counts; libtorch counts the same. */
    public int ordinal() {
        return ordinal;
    }

    /** Such as {@code NVIDIA H200}. */
    public String name() {
        return name;
    }

    boolean isClosed() {
        return closed;
    }

    private long freeBytes() {
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            CudaCalls.check(cuMemGetInfo(free, total), "ask for its memory");
            return free.get();
        }
    }

    /** Makes the primary context the calling thread's. Costs next to nothing where it is already. */
    public void makeCurrent() {
        CudaCalls.check(cuCtxSetCurrent(context), "make the context current");
    }

    /** The calling thread's stream, made at its first call and kept as long as the thread lives. */
    public CudaStream threadStream() {
        return streams.get();
    }

    /** Waits for everything that any thread has asked of the device. For threads outside the media path. */
    public void synchronize() {
        makeCurrent();
        CudaCalls.check(cuCtxSynchronize(), "finish what it was given");
    }

    /** A buffer in pinned memory, of zeros; the caller closes it. */
    public PinnedBuffer newBuffer(long bytes) {
        return new PinnedBuffer(this, bytes);
    }

    @Override
    public DeviceMemory memory() {
        makeCurrent();
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            CudaCalls.check(cuMemGetInfo(free, total), "ask for its memory");
            return new DeviceMemory(free.get(), total.get(), stills.bytes(), frames.bytes());
        }
    }

    CUfunc_st compositeKernel() {
        return composite;
    }

    @Override
    public DeviceKind kind() {
        return DeviceKind.CUDA;
    }

    @Override
    public String id() {
        return "cuda:" + ordinal;
    }

    @Override
    public DeviceMeters meters() {
        return meters;
    }

    @Override
    public String describe() {
        final DeviceMemory memory = memory();
        return String.format(
                Locale.ROOT,
                "cuda:%d, %s, %.1f of %.1f GiB free",
                ordinal,
                name,
                memory.free() / (double) (1 << 30),
                memory.total() / (double) (1 << 30));
    }

    @Override
    public BatchCompositor newCompositor() {
        return new CudaCompositor(this);
    }

    @Override
    public FrameMemory frames() {
        return frames;
    }

    @Override
    public void hold(StillFrame still) {
        stills.hold(still);
    }

    @Override
    public void release(StillFrame still) {
        stills.release(still);
    }

    /**
     * Looks whether the kernel gives what the host gives, in a few random pictures: the last line between a driver's mistake
     * and a wrong picture.
     *
     * @throws DeviceException if it does not
     */
    public void verify() {
        TwinCheck.run(this, 12, 1);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        makeCurrent();
        stills.close();
        frames.close();
        cuModuleUnload(module);
        cuDevicePrimaryCtxRelease(handle);
    }
}
