package dev.mouthpiece.model.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.mouthpiece.device.cuda.Cuda;
import dev.mouthpiece.device.cuda.PinnedBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * An input tensor over memory that Java writes in place. On the CPU the tensor is that memory, nothing is copied; on
 * another device {@link #upload} copies.
 */
final class TorchInput implements AutoCloseable {
    private final ByteBuffer bytes;
    private final PtNDArray tensor;
    private final IValue value;
    /** What the device copies from; null on the CPU. */
    private final @Nullable PinnedBuffer pinned;

    private final long deviceAddress;

    /** A tensor of zeros. */
    TorchInput(PtNDManager manager, DataType type, long... shape) {
        final Shape form = new Shape(shape);
        final int size = Math.toIntExact(form.size()) * type.getNumOfBytes();
        if (manager.getDevice().isGpu()) {
            pinned = Cuda.device().newBuffer(size);
            bytes = pinned.bytes();
            tensor = (PtNDArray) manager.zeros(form, type);
            deviceAddress = TorchCuda.address(tensor);
        } else {
            pinned = null;
            bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
            tensor = manager.create(bytes, form, type);
            deviceAddress = 0;
        }
        value = IValue.from(tensor);
    }

    /**
     * A tensor over {@code bytes}.
     *
     * @param bytes direct, in the machine's byte order; from position 0 to its limit as large as the tensor
     */
    TorchInput(PtNDManager manager, ByteBuffer bytes, DataType type, long... shape) {
        this.bytes = bytes;
        this.pinned = null;
        this.deviceAddress = 0;
        this.tensor = manager.create(bytes, new Shape(shape), type);
        this.value = IValue.from(tensor);
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /**
     * Brings what Java wrote to the device: the copy is queued on the calling thread's stream, and the bytes must not change
     * before that stream is done.
     */
    void upload() {
        if (pinned != null && bytes.capacity() > 0) {
            Cuda.device().threadStream().copyToDevice(pinned, deviceAddress, bytes.capacity());
        }
    }

    IValue value() {
        return value;
    }

    @Override
    public void close() {
        value.close();
        tensor.close();
        if (pinned != null) {
            pinned.close();
        }
    }
}
