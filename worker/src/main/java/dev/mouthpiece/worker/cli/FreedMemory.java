package dev.mouthpiece.worker.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back to the system what native code has freed. The C library keeps it, in pieces between what is in use, and hundreds of megabytes gather: what loading
 * the models took, what WebRTC took for sessions that are over. Done once after sessions, when nobody has been on air for a while: others that
 * allocate have to wait for it meanwhile.
 *
 * <p>One thread looks, every now and then.
 */
final class FreedMemory {
    private static final Logger LOG = LoggerFactory.getLogger(FreedMemory.class);

    /** What the log says. */
    static final String GIVEN = "freed memory was given back";

    /** WebRTC's threads outlive their session by up to 20 s. */
    private static final long QUIET_NS = 25_000_000_000L;

    private final BooleanSupplier isIdle;
    private final LongSupplier clock;
    private final Runnable give;
    private boolean isDone;
    private long busyNs;

    /**
     * What starting the process took is there to be given back.
     *
     * @param isIdle whether nobody is on air
     * @param clock monotonic, ns
     * @param give gives it back
     */
    FreedMemory(BooleanSupplier isIdle, LongSupplier clock, Runnable give) {
        this.isIdle = isIdle;
        this.clock = clock;
        this.give = give;
        this.busyNs = clock.getAsLong();
    }

    /** Gives back what there is if it is time to. */
    void look() {
        final long nowNs = clock.getAsLong();
        if (!isIdle.getAsBoolean()) {
            busyNs = nowNs;
            isDone = false;
        } else if (!isDone && nowNs - busyNs >= QUIET_NS) {
            isDone = true;
            give.run();
        }
    }

    /** Asks the C library, where it knows such a thing. */
    @SuppressWarnings("restricted")
    static void giveBack() {
        final Linker linker = Linker.nativeLinker();
        linker.defaultLookup().find("malloc_trim").ifPresent(address -> {
            // int malloc_trim(size_t pad)
            final MethodHandle trim =
                    linker.downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
            try {
                final int given = (int) trim.invokeExact(0L);
                LOG.debug("{}", given == 1 ? GIVEN : "there was no freed memory to give back");
            } catch (Throwable e) {
                throw new IllegalStateException("native call failed", e);
            }
        });
    }
}
