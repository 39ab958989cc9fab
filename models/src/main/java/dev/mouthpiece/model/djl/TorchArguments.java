package dev.mouthpiece.model.djl;

import ai.djl.pytorch.jni.IValue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A module's arguments, and their handles for calls that allocate nothing. The values stay whose they are.
 *
 * @param handles those of {@code values}, in order
 * @param pointers the same in native memory
 */
record TorchArguments(IValue[] values, long[] handles, MemorySegment pointers) {
    static TorchArguments of(IValue... values) {
        final long[] handles = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            handles[i] = values[i].getHandle();
        }
        return new TorchArguments(values, handles, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, handles));
    }
}
