package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.internal.NativeObject;
import dev.onvoid.webrtc.media.SyncClock;
import dev.onvoid.webrtc.media.video.NativeI420Buffer;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What webrtc-java 0.14.0 leaves undone with its native objects, done through their addresses. Each use is safe only with
 * exactly that version, which {@link RtcLibrary} checks first.
 *
 * <pre>
 *   a reference-counted object:   0 table of functions: [0] AddRef  [1] Release (returns 0 when that was the last one)
 *   a picture (I420Buffer):       8 width  12 height  16 strides (3 x 4)  32 data  40 references
 *   a SyncClock:                  0 its start, nanoseconds of the steady clock
 * </pre>
 */
@SuppressWarnings("restricted")
final class NativeObjects {
    private static final VarHandle HANDLE = handleField();
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle ADD_REF = LINKER.downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    private static final MethodHandle RELEASE =
            LINKER.downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final int DROPPED_LAST = 0;
    private static final long PICTURE_REFERENCES_OFFSET = 40;
    private static final long CLOCK_TOLERANCE_US = 1_000;

    private NativeObjects() {}

    /** The address of an object's native half, 0 when it has none any more. */
    static long handle(NativeObject object) {
        return (long) HANDLE.get(object);
    }

    /** Takes a reference of our own, to be given back by {@link #release}. */
    static void retain(long handle) {
        try {
            ADD_REF.invokeExact(function(handle, 0), MemorySegment.ofAddress(handle));
        } catch (Throwable e) {
            throw new IllegalStateException("native call failed", e);
        }
    }

    /**
     * Gives a reference back.
     *
     * @return whether it was the last one, so that the native object is gone
     */
    static boolean release(long handle) {
        if (handle == 0) {
            return false;
        }
        try {
            return (int) RELEASE.invokeExact(function(handle, 1), MemorySegment.ofAddress(handle)) == DROPPED_LAST;
        } catch (Throwable e) {
            throw new IllegalStateException("native call failed", e);
        }
    }

    /**
     * Gives the last reference back.
     *
     * @throws IllegalStateException if it was not the last: then somebody forgot theirs
     */
    static void releaseLast(long handle) {
        if (!release(handle)) {
            throw new IllegalStateException("a native object lives on: somebody holds a reference");
        }
    }

    /**
     * Lets a clock count from the steady clock's own zero. A sender report is made from the capture time as if it were
     * taken from libwebrtc's clock; a SyncClock starts at its construction, which moves sound and picture apart at the receiver.
     *
     * @throws RtcException if the clock does not agree with {@link System#nanoTime} afterwards
     */
    static void startAtZero(SyncClock clock) {
        MemorySegment.ofAddress(handle(clock)).reinterpret(Long.BYTES).set(ValueLayout.JAVA_LONG, 0, 0L);
        final long beforeUs = System.nanoTime() / 1_000;
        final long clockUs = clock.getTimestampUs();
        final long afterUs = System.nanoTime() / 1_000;
        if (clockUs < beforeUs - CLOCK_TOLERANCE_US || clockUs > afterUs + CLOCK_TOLERANCE_US) {
            throw new RtcException("webrtc-java's clock cannot be set: it says " + clockUs + " us, the system "
                    + beforeUs + " us; sound and picture would not be in sync");
        }
    }

    /** How many hold this picture, ourselves included. */
    static int references(NativeI420Buffer picture) {
        return references(referenceCount(picture));
    }

    /** {@link #references(NativeI420Buffer)} through a segment made once by {@link #referenceCount}. */
    static int references(MemorySegment count) {
        return (int) INT.getAcquire(count, 0L);
    }

    static MemorySegment referenceCount(NativeI420Buffer picture) {
        return MemorySegment.ofAddress(handle(picture) + PICTURE_REFERENCES_OFFSET)
                .reinterpret(Integer.BYTES);
    }

    /** The function in a place of an object's table. */
    static MemorySegment function(long handle, int slot) {
        final long table =
                MemorySegment.ofAddress(handle).reinterpret(Long.BYTES).get(ValueLayout.JAVA_LONG, 0);
        final long offset = (long) slot * Long.BYTES;
        return MemorySegment.ofAddress(
                MemorySegment.ofAddress(table + offset).reinterpret(Long.BYTES).get(ValueLayout.JAVA_LONG, 0));
    }

    private static VarHandle handleField() {
        try {
            return MethodHandles.privateLookupIn(NativeObject.class, MethodHandles.lookup())
                    .findVarHandle(NativeObject.class, "nativeHandle", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
