package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.CU_EVENT_BLOCKING_SYNC;
import static org.bytedeco.cuda.global.cudart.CU_EVENT_DISABLE_TIMING;
import static org.bytedeco.cuda.global.cudart.CU_STREAM_DEFAULT;
import static org.bytedeco.cuda.global.cudart.cuEventCreate;
import static org.bytedeco.cuda.global.cudart.cuEventRecord;
import static org.bytedeco.cuda.global.cudart.cuEventSynchronize;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoHAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyHtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuStreamCreate;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;

/**
 * One thread's stream: copies and kernels in order. It is made so that it waits for the legacy default stream and that one
 * for it: there libtorch loads modules and prepares avatars, which no batch may overtake.
 *
 * <p>Lives as long as the process, like the inference thread it belongs to.
 */
public final class CudaStream {
    private final CUstream_st stream = new CUstream_st();
    private final CUevent_st done = new CUevent_st();

    CudaStream(CudaDevice device) {
        device.makeCurrent();
        CudaCalls.check(cuStreamCreate(stream, CU_STREAM_DEFAULT), "make a stream");
        CudaCalls.check(cuEventCreate(done, CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING), "make an event");
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
        CudaCalls.check(cuMemcpyHtoDAsync(deviceAddress, from.pointer(), bytes, stream), "copy to the device");
    }

    /** Copies to the start of a buffer, to be read after {@link #synchronize}. */
    public void copyToHost(long deviceAddress, PinnedBuffer to, long bytes) {
        CudaCalls.check(cuMemcpyDtoHAsync(to.pointer(), deviceAddress, bytes, stream), "copy from the device");
    }

    /** Waits until all that was asked of this stream is done; the thread sleeps. What failed on the device is told here. */
    public void synchronize() {
        CudaCalls.check(cuEventRecord(done, stream), "run what it was given");
        CudaCalls.check(cuEventSynchronize(done), "finish what it was given");
    }
}
