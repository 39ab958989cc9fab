package dev.mouthpiece.model.djl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/** The tensor that a run gave, or none; in native memory, where libtorch's side writes it. Belongs to one thread. */
final class TorchResult {
    /** {@code MouthpieceTorchResult} of torch_calls.cpp. */
    private static final StructLayout LAYOUT = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("tensor"),
            ValueLayout.JAVA_LONG.withName("data"),
            ValueLayout.JAVA_LONG.withName("count"),
            ValueLayout.JAVA_LONG.withName("message"));

    private static final long TENSOR = offset("tensor");
    private static final long DATA = offset("data");
    private static final long COUNT = offset("count");
    private static final long MESSAGE = offset("message");

    private final MemorySegment struct = Arena.ofAuto().allocate(LAYOUT);

    private static long offset(String name) {
        return LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement(name));
    }

    MemorySegment struct() {
        return struct;
    }

    /** Asks libtorch about a tensor. */
    void set(long tensor) {
        struct.set(ValueLayout.JAVA_LONG, TENSOR, tensor);
        TorchCuda.readAddress(tensor, struct.asSlice(DATA));
        TorchCuda.readCount(tensor, struct.asSlice(COUNT));
    }

    void clear() {
        struct.set(ValueLayout.JAVA_LONG, TENSOR, 0);
    }

    boolean isEmpty() {
        return tensor() == 0;
    }

    /** The tensor's handle; 0 for none. */
    long tensor() {
        return struct.get(ValueLayout.JAVA_LONG, TENSOR);
    }

    /** Where its first number is. */
    long address() {
        return struct.get(ValueLayout.JAVA_LONG, DATA);
    }

    /** How many numbers it has. */
    long count() {
        return struct.get(ValueLayout.JAVA_LONG, COUNT);
    }

    /** Where libtorch's side says why a run failed; 0 if it could not. */
    long message() {
        return struct.get(ValueLayout.JAVA_LONG, MESSAGE);
    }
}
