package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.CU_MEMHOSTALLOC_DEVICEMAP;
import static org.bytedeco.cuda.global.cudart.CU_MEMHOSTALLOC_PORTABLE;
import static org.bytedeco.cuda.global.cudart.cuMemFreeHost;
import static org.bytedeco.cuda.global.cudart.cuMemHostAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemHostGetDevicePointer;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.Pointer;

/** Host memory that the device copies from and to, and writes into, without a detour. Views die with it. */
public final class PinnedBuffer implements AutoCloseable {
    private final CudaDevice device;
    private final Pointer pointer = new Pointer();
    private final ByteBuffer bytes;
    private final long deviceAddress;
    private boolean closed;

    @SuppressWarnings("restricted") // The driver gives an address; that so many bytes stand behind it is its promise.
    PinnedBuffer(CudaDevice device, long size) {
        this.device = device;
        device.makeCurrent();
        // An empty tensor has no bytes, but its buffer an address.
        final long allocated = Math.max(size, 1);
        CudaCalls.check(
                cuMemHostAlloc(pointer, allocated, CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP),
                "allocate " + size + " bytes of pinned memory");
        final long[] address = new long[1];
        CudaCalls.check(cuMemHostGetDevicePointer(address, pointer, 0), "map pinned memory");
        deviceAddress = address[0];
        final MemorySegment segment = MemorySegment.ofAddress(pointer.address()).reinterpret(allocated);
        segment.fill((byte) 0);
        bytes = segment.asSlice(0, size).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** All of it, in the machine's byte order. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Where the device sees it. */
    public long deviceAddress() {
        return deviceAddress;
    }

    Pointer pointer() {
        return pointer;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            device.makeCurrent();
            CudaCalls.check(cuMemFreeHost(pointer), "free pinned memory");
        }
    }
}
