package dev.mouthpiece.model.djl;

import ai.djl.pytorch.jni.IValue;

/**
 * A module's arguments, and their handles for calls that allocate nothing. The values stay whose they are.
 *
 * @param handles those of {@code values}, in order
 */
record TorchArguments(IValue[] values, long[] handles) {
    static TorchArguments of(IValue... values) {
        final long[] handles = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            handles[i] = values[i].getHandle();
        }
        return new TorchArguments(values, handles);
    }
}
