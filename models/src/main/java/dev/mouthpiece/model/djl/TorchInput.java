package dev.mouthpiece.model.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An input tensor over memory that Java writes in place. On the CPU the tensor is that memory, nothing is copied; on
 * another device {@link #upload} copies.
 */
final class TorchInput implements AutoCloseable {
    private final ByteBuffer bytes;
    private final PtNDArray tensor;
    private final IValue value;

    /** A tensor of zeros. */
    TorchInput(PtNDManager manager, DataType type, long... shape) {
        this(manager, zeros(type, new Shape(shape)), type, shape);
    }

    /**
     * A tensor over {@code bytes}.
     *
     * @param bytes direct, in the machine's byte order; from position 0 to its limit as large as the tensor
     */
    TorchInput(PtNDManager manager, ByteBuffer bytes, DataType type, long... shape) {
        this.bytes = bytes;
        this.tensor = manager.create(bytes, new Shape(shape), type);
        this.value = IValue.from(tensor);
    }

    private static ByteBuffer zeros(DataType type, Shape shape) {
        return ByteBuffer.allocateDirect(Math.toIntExact(shape.size()) * type.getNumOfBytes())
                .order(ByteOrder.nativeOrder());
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** Brings what Java wrote to the device. */
    void upload() {
        if (tensor.getDevice().isGpu()) {
            tensor.set(bytes);
        }
    }

    IValue value() {
        return value;
    }

    @Override
    public void close() {
        value.close();
        tensor.close();
    }
}
