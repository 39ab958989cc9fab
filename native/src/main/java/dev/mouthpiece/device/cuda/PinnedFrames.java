package dev.mouthpiece.device.cuda;

import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.FrameMemory;
import dev.mouthpiece.device.I420Frame;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Frames that the kernel writes straight into host memory. What is given back is kept by size and used again, for pinning
 * takes milliseconds and sessions come and go; frames of other sizes make room when the bound is reached.
 */
final class PinnedFrames implements FrameMemory, AutoCloseable {
    /** 300 sessions of 12 frames at 720p; pinned memory is taken from everybody. */
    static final long MAX_BYTES = 5L << 30;

    private final CudaDevice device;
    private final Map<Integer, ArrayDeque<PinnedBuffer>> free = new HashMap<>();
    private final IdentityHashMap<I420Frame, PinnedBuffer> taken = new IdentityHashMap<>();
    private long bytes;

    PinnedFrames(CudaDevice device) {
        this.device = device;
    }

    @Override
    public synchronized I420Frame take(int width, int height) {
        final int size = I420Frame.sizeBytes(width, height);
        final ArrayDeque<PinnedBuffer> kept = free.get(size);
        PinnedBuffer buffer = kept == null ? null : kept.pollLast();
        if (buffer == null) {
            makeRoom(size);
            buffer = device.newBuffer(size);
            bytes += size;
        }
        final I420Frame frame = new I420Frame(width, height, buffer.bytes(), buffer.deviceAddress());
        taken.put(frame, buffer);
        return frame;
    }

    private void makeRoom(int size) {
        for (final ArrayDeque<PinnedBuffer> kept : free.values()) {
            while (bytes + size > MAX_BYTES && !kept.isEmpty()) {
                bytes -= kept.getLast().bytes().capacity();
                kept.removeLast().close();
            }
        }
        if (bytes + size > MAX_BYTES) {
            throw new DeviceException(
                    DeviceException.Fault.MEMORY,
                    "no pinned memory left for another frame: bytes=" + bytes + " most=" + MAX_BYTES);
        }
    }

    @Override
    public synchronized void give(I420Frame frame) {
        final PinnedBuffer buffer = taken.remove(frame);
        if (buffer == null) {
            throw new IllegalArgumentException("no frame of this memory, or given back before");
        }
        free.computeIfAbsent(buffer.bytes().capacity(), size -> new ArrayDeque<>())
                .addLast(buffer);
    }

    /** Pinned, in use or kept. */
    synchronized long bytes() {
        return bytes;
    }

    @Override
    public synchronized void close() {
        free.values().forEach(kept -> kept.forEach(PinnedBuffer::close));
        free.clear();
        taken.values().forEach(PinnedBuffer::close);
        taken.clear();
        bytes = 0;
    }
}
