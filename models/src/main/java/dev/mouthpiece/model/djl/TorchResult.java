package dev.mouthpiece.model.djl;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The tensor that a run gave, or none; in native memory, where libtorch's side writes it. Belongs to one thread. */
final class TorchResult {
    /** {@code MouthpieceTorchResult} of torch_calls.cpp: four longs. */
    private static final int TENSOR = 0;

    private static final int DATA = 8;
    private static final int COUNT = 16;
    private static final int MESSAGE = 24;

    private final ByteBuffer struct = ByteBuffer.allocateDirect(32).order(ByteOrder.nativeOrder());
    private final MemorySegment memory = MemorySegment.ofBuffer(struct);

    /** Where the struct is, as long as this object is. */
    long structAddress() {
        return memory.address();
    }

    /** Asks libtorch about a tensor. */
    void set(long tensor) {
        struct.putLong(TENSOR, tensor);
        TorchCuda.readAddress(tensor, memory.asSlice(DATA));
        TorchCuda.readCount(tensor, memory.asSlice(COUNT));
    }

    void clear() {
        struct.putLong(TENSOR, 0);
    }

    boolean isEmpty() {
        return tensor() == 0;
    }

    /** The tensor's handle; 0 for none. */
    long tensor() {
        return struct.getLong(TENSOR);
    }

    /** Where its first number is. */
    long data() {
        return struct.getLong(DATA);
    }

    /** How many numbers it has. */
    long count() {
        return struct.getLong(COUNT);
    }

    /** Where libtorch's side says why a run failed; 0 if it could not. */
    long message() {
        return struct.getLong(MESSAGE);
    }
}
