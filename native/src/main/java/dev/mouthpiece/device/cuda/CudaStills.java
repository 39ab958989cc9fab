package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_OUT_OF_MEMORY;
import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemFree;

import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.device.StillFrame.DeviceCopy;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The avatars' pictures in the device's memory: uploaded when a session first needs one, kept while there is room, the
 * longest unused going first. Four and a half bytes a pixel.
 */
final class CudaStills implements AutoCloseable {
    /** Of the memory that is free when the device is opened: so much may be pictures. */
    private static final double SHARE = 0.1;

    private final CudaDevice device;
    private final long maxBytes;
    private final IdentityHashMap<StillFrame, Integer> holds = new IdentityHashMap<>();
    /** Held by nobody, in the order in which they were let go. */
    private final Map<Key, StillFrame> idle = new LinkedHashMap<>();

    private long bytes;

    /** @param freeBytes of the device, before anything is on it */
    CudaStills(CudaDevice device, long freeBytes) {
        this.device = device;
        this.maxBytes = (long) (freeBytes * SHARE);
    }

    /** A picture by what it is, not by what it shows. */
    private static final class Key {
        private final StillFrame still;

        Key(StillFrame still) {
            this.still = still;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && key.still == still;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(still);
        }
    }

    synchronized void hold(StillFrame still) {
        if (still.deviceCopy() == null) {
            still.deviceCopy(upload(still));
        }
        idle.remove(new Key(still));
        holds.merge(still, 1, Integer::sum);
    }

    synchronized void release(StillFrame still) {
        final Integer count = holds.get(still);
        if (count == null) {
            throw new IllegalArgumentException("the picture is not held");
        }
        if (count > 1) {
            holds.put(still, count - 1);
        } else {
            holds.remove(still);
            idle.put(new Key(still), still);
        }
    }

    private DeviceCopy upload(StillFrame still) {
        final ByteBuffer rgb = still.rgb();
        final ByteBuffer i420 = still.i420().data();
        // The second picture begins at a multiple of 256 bytes, as the driver's own allocations do.
        final long second = (rgb.capacity() + 255L) / 256 * 256;
        final long size = second + i420.capacity();
        if (size > maxBytes) {
            throw noRoom(size);
        }
        while (bytes + size > maxBytes) {
            if (!dropOne()) {
                throw noRoom(size);
            }
        }
        final long address = allocate(size);
        bytes += size;
        final CudaStream stream = device.threadStream();
        try (PinnedBuffer staging = device.newBuffer(size)) {
            staging.bytes().put(0, rgb, 0, rgb.capacity());
            staging.bytes().put((int) second, i420, 0, i420.capacity());
            stream.copyToDevice(staging, address, size);
            stream.synchronize();
        }
        return new DeviceCopy(address, address + second, size);
    }

    /** Asks the driver, which may have less than the bound: then what is idle goes first. */
    private long allocate(long size) {
        device.makeCurrent();
        final long[] address = new long[1];
        int result = cuMemAlloc(address, size);
        while (result == CUDA_ERROR_OUT_OF_MEMORY && dropOne()) {
            result = cuMemAlloc(address, size);
        }
        CudaCalls.check(result, "allocate " + size + " bytes for a picture");
        return address[0];
    }

    private boolean dropOne() {
        final Iterator<StillFrame> oldest = idle.values().iterator();
        if (!oldest.hasNext()) {
            return false;
        }
        final StillFrame still = oldest.next();
        oldest.remove();
        free(still);
        return true;
    }

    private void free(StillFrame still) {
        final DeviceCopy copy = still.deviceCopy();
        if (copy != null) {
            still.deviceCopy(null);
            bytes -= copy.bytes();
            device.makeCurrent();
            CudaCalls.check(cuMemFree(copy.rgbAddress()), "free a picture");
        }
    }

    private DeviceException noRoom(long size) {
        return new DeviceException(
                DeviceException.Fault.MEMORY,
                "no device memory left for another avatar's picture: bytes=" + size + " held=" + bytes + " most="
                        + maxBytes);
    }

    /** On the device, held or kept. */
    synchronized long bytes() {
        return bytes;
    }

    @Override
    public synchronized void close() {
        while (dropOne()) {
            // Each call frees one.
        }
        holds.keySet().forEach(this::free);
        holds.clear();
    }
}
