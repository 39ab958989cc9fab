package dev.mouthpiece.model.djl;

import ai.djl.pytorch.jni.IValue;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A module's arguments, and their handles for calls that allocate nothing. The values stay whose they are.
 *
 * @param handles those of {@code values}, in order
 * @param memory the same in native memory
 * @param pointers where that is, as long as this object is
 */
record TorchArguments(IValue[] values, long[] handles, ByteBuffer memory, long pointers) {
    static TorchArguments of(IValue... values) {
        final long[] handles = new long[values.length];
        final ByteBuffer memory =
                ByteBuffer.allocateDirect(values.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < values.length; i++) {
            handles[i] = values[i].getHandle();
            memory.putLong(i * Long.BYTES, handles[i]);
        }
        return new TorchArguments(
                values, handles, memory, MemorySegment.ofBuffer(memory).address());
    }
}
