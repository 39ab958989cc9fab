package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.CU_EVENT_BLOCKING_SYNC;
import static org.bytedeco.cuda.global.cudart.CU_EVENT_DEFAULT;
import static org.bytedeco.cuda.global.cudart.CU_STREAM_DEFAULT;
import static org.bytedeco.cuda.global.cudart.cuEventCreate;
import static org.bytedeco.cuda.global.cudart.cuEventElapsedTime;
import static org.bytedeco.cuda.global.cudart.cuEventRecord;
import static org.bytedeco.cuda.global.cudart.cuEventSynchronize;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoHAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyHtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuStreamCreate;

import dev.mouthpiece.device.DeviceMeters;
import dev.mouthpiece.device.DeviceStage;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;

/**
 * One thread's stream: copies and kernels in order. It is made so that it waits for the legacy default stream and that one
 * for it: there libtorch loads modules and prepares avatars, which no batch may overtake.
 *
 * <p>Lives as long as the process, like the inference thread it belongs to.
 */
public final class CudaStream {
    /** Stages between two waits: what is beyond counts for the last of them. A batch has four, a row that is tried alone too. */
    private static final int MOST_MARKS = 16;

    private final CUstream_st stream = new CUstream_st();
    private final CUevent_st done = new CUevent_st();
    private final DeviceMeters meters;

    /** Where stages began since the last {@link #synchronize}, and which. */
    private final CUevent_st[] marks = new CUevent_st[MOST_MARKS];

    private final DeviceStage[] stages = new DeviceStage[MOST_MARKS];
    private final float[] elapsedMs = new float[1];
    private int marked;

    CudaStream(CudaDevice device) {
        meters = device.meters();
        device.makeCurrent();
        CudaCalls.check(cuStreamCreate(stream, CU_STREAM_DEFAULT), "make a stream");
        CudaCalls.check(cuEventCreate(done, CU_EVENT_BLOCKING_SYNC), "make an event");
        for (int i = 0; i < MOST_MARKS; i++) {
            marks[i] = new CUevent_st();
            CudaCalls.check(cuEventCreate(marks[i], CU_EVENT_DEFAULT), "make an event");
        }
    }

    /** What is asked of the stream from now on belongs to this stage, for the device's meters. */
    public void enter(DeviceStage stage) {
        final boolean isGoingOn = marked > 0 && stages[marked - 1] == stage;
        if (!isGoingOn && marked < MOST_MARKS) {
            CudaCalls.check(cuEventRecord(marks[marked], stream), "mark a stage");
            stages[marked++] = stage;
        }
    }

    /** The driver's handle, which libtorch takes too. */
    public long address() {
        return stream.address();
    }

    CUstream_st handle() {
        return stream;
    }

    /** Copies the first {@code bytes} of a buffer to the device. The buffer must not change before {@link #synchronize}. */
    public void copyToDevice(PinnedBuffer from, long deviceAddress, long bytes) {
        enter(DeviceStage.COPY);
        meters.copiedToDevice(bytes);
        CudaCalls.check(cuMemcpyHtoDAsync(deviceAddress, from.pointer(), bytes, stream), "copy to the device");
    }

    /** Copies to the start of a buffer, to be read after {@link #synchronize}. */
    public void copyToHost(long deviceAddress, PinnedBuffer to, long bytes) {
        enter(DeviceStage.COPY);
        meters.copiedToHost(bytes);
        CudaCalls.check(cuMemcpyDtoHAsync(to.pointer(), deviceAddress, bytes, stream), "copy from the device");
    }

    /** Waits until all that was asked of this stream is done; the thread sleeps. What failed on the device is told here. */
    public void synchronize() {
        CudaCalls.check(cuEventRecord(done, stream), "run what it was given");
        CudaCalls.check(cuEventSynchronize(done), "finish what it was given");
        final int count = marked;
        marked = 0;
        for (int i = 0; i < count; i++) {
            final CUevent_st end = i + 1 < count ? marks[i + 1] : done;
            CudaCalls.check(cuEventElapsedTime(elapsedMs, marks[i], end), "time a stage");
            meters.took(stages[i], (long) (elapsedMs[0] * 1e6));
        }
    }
}
