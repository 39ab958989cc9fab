package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.CU_EVENT_DEFAULT;
import static org.bytedeco.cuda.global.cudart.cuEventCreate;
import static org.bytedeco.cuda.global.cudart.cuEventDestroy;
import static org.bytedeco.cuda.global.cudart.cuEventElapsedTime;
import static org.bytedeco.cuda.global.cudart.cuEventRecord;
import static org.bytedeco.cuda.global.cudart.cuEventSynchronize;
import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemFree;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoHAsync;

import dev.mouthpiece.device.CompositeShare;
import dev.mouthpiece.device.CompositeShare.Target;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.StillFrame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUevent_st;

/**
 * Measures what the compositing kernel makes of the memory's bandwidth: launches one behind the other, timed by the device,
 * against copies of the same device. Belongs to one thread.
 */
public final class CompositeMeter implements AutoCloseable {
    /** Batches of pictures of their own, one after the other: more than the device's cache holds. */
    private static final int SETS = 4;

    private static final int RUNS = 7;

    private final CudaDevice device;
    private final CudaStream stream;
    private final int rows;
    private final int side;
    private final int width;
    private final int height;
    private final CUevent_st begin = new CUevent_st();
    private final CUevent_st end = new CUevent_st();
    private final List<StillFrame> stills = new ArrayList<>();
    private final List<I420Frame> pinned = new ArrayList<>();
    private final List<CudaCompositor> compositors = new ArrayList<>();
    private final long[] allocated = new long[2];

    /** Asks the device for a piece of work, on the stream. */
    private interface Work {
        void queue(int turn);
    }

    /**
     * @param rows pictures of a batch, 1..64
     * @param side of the patches, in the middle of the frames
     */
    public CompositeMeter(CudaDevice device, int rows, int side, int width, int height) {
        this.device = device;
        this.rows = rows;
        this.side = side;
        this.width = width;
        this.height = height;
        device.makeCurrent();
        stream = device.threadStream();
        CudaCalls.check(cuEventCreate(begin, CU_EVENT_DEFAULT), "make an event");
        CudaCalls.check(cuEventCreate(end, CU_EVENT_DEFAULT), "make an event");
        final Random random = new Random(1);
        for (int i = 0; i < SETS * rows; i++) {
            final byte[] rgb = new byte[3 * width * height];
            random.nextBytes(rgb);
            final StillFrame still = new StillFrame(
                    width, height, ByteBuffer.allocateDirect(rgb.length).put(0, rgb));
            device.hold(still);
            stills.add(still);
        }
    }

    /**
     * Measures.
     *
     * @param launches of a run, of which the median is taken
     * @param copyBytes size of the copies to compare with
     */
    public CompositeShare measure(Target target, int launches, long copyBytes) {
        release();
        final long picture = (I420Frame.sizeBytes(width, height) + 255L) / 256 * 256;
        allocated[0] = allocate(picture * SETS * rows);
        allocated[1] = allocate(3L * SETS * rows * side * side);
        final ByteBuffer unread = ByteBuffer.allocateDirect(I420Frame.sizeBytes(width, height));
        for (int set = 0; set < SETS; set++) {
            final CudaCompositor compositor = new CudaCompositor(device);
            compositors.add(compositor);
            final Patches patches = new Patches();
            patches.onDevice(allocated[1] + 3L * set * rows * side * side);
            compositor.begin(patches, side);
            for (int row = 0; row < rows; row++) {
                final int at = set * rows + row;
                final I420Frame out;
                if (target == Target.HOST) {
                    out = device.frames().take(width, height);
                    pinned.add(out);
                } else {
                    out = new I420Frame(width, height, unread, allocated[0] + at * picture);
                }
                compositor.add(
                        stills.get(at), row, PatchPlace.at((width - side) / 4 * 2, (height - side) / 4 * 2), 1, out);
            }
            compositor.upload(stream);
        }
        final double batchUs =
                medianUs(launches, turn -> compositors.get(turn % SETS).launch(stream));
        final double copied = target == Target.HOST ? copyToHost(copyBytes) : copyOnDevice(copyBytes);
        return CompositeShare.of(rows, side, width, height, target, batchUs, copied);
    }

    /** Bytes a second, read and written. */
    private double copyOnDevice(long bytes) {
        final long from = allocate(bytes);
        final long to = allocate(bytes);
        try {
            final double us = medianUs(
                    8,
                    turn -> CudaCalls.check(cuMemcpyDtoDAsync(to, from, bytes, stream.handle()), "copy on the device"));
            return 2 * bytes / us * 1e6;
        } finally {
            free(from);
            free(to);
        }
    }

    private double copyToHost(long bytes) {
        final long from = allocate(bytes);
        try (PinnedBuffer to = device.newBuffer(bytes)) {
            final double us = medianUs(
                    8,
                    turn -> CudaCalls.check(
                            cuMemcpyDtoHAsync(to.pointer(), from, bytes, stream.handle()), "copy from the device"));
            return bytes / us * 1e6;
        } finally {
            free(from);
        }
    }

    /** Of one piece of work, where {@code count} of them are asked for at once. The first run is not counted. */
    private double medianUs(int count, Work work) {
        final double[] us = new double[RUNS];
        final float[] ms = new float[1];
        for (int run = -1; run < RUNS; run++) {
            CudaCalls.check(cuEventRecord(begin, stream.handle()), "mark the beginning");
            for (int turn = 0; turn < count; turn++) {
                work.queue(turn);
            }
            CudaCalls.check(cuEventRecord(end, stream.handle()), "mark the end");
            CudaCalls.check(cuEventSynchronize(end), "finish what it was given");
            CudaCalls.check(cuEventElapsedTime(ms, begin, end), "time it");
            if (run >= 0) {
                us[run] = ms[0] * 1e3 / count;
            }
        }
        Arrays.sort(us);
        return us[RUNS / 2];
    }

    private static long allocate(long bytes) {
        final long[] address = new long[1];
        CudaCalls.check(cuMemAlloc(address, bytes), "allocate " + bytes + " bytes to measure with");
        return address[0];
    }

    private static void free(long address) {
        CudaCalls.check(cuMemFree(address), "free what was measured with");
    }

    private void release() {
        compositors.forEach(CudaCompositor::close);
        compositors.clear();
        pinned.forEach(device.frames()::give);
        pinned.clear();
        for (int i = 0; i < allocated.length; i++) {
            if (allocated[i] != 0) {
                free(allocated[i]);
                allocated[i] = 0;
            }
        }
    }

    @Override
    public void close() {
        release();
        stills.forEach(device::release);
        cuEventDestroy(begin);
        cuEventDestroy(end);
    }
}
