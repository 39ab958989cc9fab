package dev.mouthpiece.model.djl;

import ai.djl.pytorch.jni.JniUtils;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * DJL's native calls by handle. Its own classes around them make a stream, arrays and objects of each call, 1.3 KB on the heap of a
 * thread that is to allocate nothing. 72 bytes remain: DJL's native half has Java turn the method's name into bytes.
 *
 * <p>They are no interface of DJL's: another version than 0.35.1 may have others, and then this class cannot be initialised.
 */
final class DjlTorchCalls implements TorchCalls {
    private static final String LIBRARY = "ai.djl.pytorch.jni.PyTorchLibrary";
    private static final MethodHandle RUN;
    private static final MethodHandle TO_TENSOR;
    private static final MethodHandle DELETE_VALUE;
    private static final MethodHandle DELETE_TENSOR;

    static {
        try {
            final Class<?> type = Class.forName(LIBRARY);
            final MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
            final Object library = lookup.findStaticGetter(type, "LIB", type).invoke();
            RUN = lookup.findVirtual(
                            type,
                            "moduleRunMethod",
                            MethodType.methodType(
                                    long.class, long.class, String.class, long[].class, boolean.class, boolean.class))
                    .bindTo(library);
            TO_TENSOR = lookup.findVirtual(type, "iValueToTensor", MethodType.methodType(long.class, long.class))
                    .bindTo(library);
            DELETE_VALUE = lookup.findVirtual(type, "torchDeleteIValue", MethodType.methodType(void.class, long.class))
                    .bindTo(library);
            DELETE_TENSOR = lookup.findVirtual(type, "torchDeleteTensor", MethodType.methodType(void.class, long.class))
                    .bindTo(library);
        } catch (Throwable e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Override
    public void run(long module, TorchArguments arguments, boolean optimized, TorchResult result) {
        JniUtils.setGraphExecutorOptimize(optimized);
        try {
            final long value = (long) RUN.invokeExact(module, "forward", arguments.handles(), false, false);
            try {
                result.set((long) TO_TENSOR.invokeExact(value));
            } finally {
                DELETE_VALUE.invokeExact(value);
            }
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    @Override
    public void release(TorchResult result) {
        try {
            DELETE_TENSOR.invokeExact(result.tensor());
        } catch (Throwable e) {
            throw rethrow(e);
        }
        result.clear();
    }

    private static RuntimeException rethrow(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }
}
