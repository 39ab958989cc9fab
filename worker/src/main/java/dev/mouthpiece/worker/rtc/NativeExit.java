package dev.mouthpiece.worker.rtc;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/**
 * Ends the process before webrtc-java's static destructors. They want a Java thread when there is no Java any more, and say on standard
 * output that they did not get one.
 */
final class NativeExit {
    private NativeExit() {}

    /**
     * From now on the exit, which Java has got ready for by then, passes over the destructors of what has been loaded before. Where the C library knows no such
     * thing (glibc does) all stays as it is.
     */
    @SuppressWarnings("restricted")
    static void skipDestructors() {
        final Linker linker = Linker.nativeLinker();
        final SymbolLookup library = linker.defaultLookup();
        // void _exit(int status)
        final MemorySegment leave = library.find("_exit").orElse(MemorySegment.NULL);
        if (leave.equals(MemorySegment.NULL)) {
            return;
        }
        // int on_exit(void (*function)(int status, void *argument), void *argument): the last that was registered is
        // the first to be called
        library.find("on_exit").ifPresent(address -> {
            try {
                final int failed = (int) linker.downcallHandle(
                                address,
                                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS))
                        .invokeExact(leave, MemorySegment.NULL);
                if (failed != 0) {
                    throw new IllegalStateException("on_exit refused: " + failed);
                }
            } catch (Throwable e) {
                throw new IllegalStateException("native call failed", e);
            }
        });
    }
}
