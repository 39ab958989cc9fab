package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.media.audio.AudioDeviceModuleBase;
import dev.onvoid.webrtc.media.audio.HeadlessAudioDeviceModule;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock of what a {@link Listener} hears: 10 ms of the sound of all its peers each 10 ms, by the absolute schedule, as long as a track
 * is heard.
 *
 * <p>The headless device of webrtc-java 0.14.0 has a thread for this, which sleeps whole milliseconds in between and never makes up for
 * what it overslept: it takes 99.5 to 99.8 pieces a second, of 100 that come. What is spoken from them runs dry by 4 ms a second, so that
 * its pictures are late, and libwebrtc's jitter buffer is always fuller than it aims at. So that thread is kept from starting, and the
 * sound is taken here.
 *
 * <pre>
 *   the device: 8 is initialised (1)   16 rate (4)   24 channels   160 who gives the sound (AudioTransport; 0 before there is a factory)
 *   an AudioTransport's table of functions: [2] NeedMorePlayData
 * </pre>
 *
 * Where the device is not laid out so, its own thread does it. Owned by the serial executor.
 */
@SuppressWarnings("restricted")
final class Hearing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Hearing.class);

    private static final int RATE_HZ = 48_000;
    private static final int SAMPLES = RATE_HZ / 100;
    static final long PIECE_NS = 10_000_000L;

    /** A thread that was stopped for longer leaves the rest to the jitter buffer. */
    private static final long CATCH_UP_NS = 200_000_000L;

    private static final long INITIALIZED = 8;
    private static final long RATE = 16;
    private static final long CHANNELS = 24;
    private static final long TRANSPORT = 160;
    private static final long DEVICE_BYTES = 168;
    private static final int NEED_MORE_PLAY_DATA = 2;

    private static final MethodHandle PULL = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS));

    private final HeadlessAudioDeviceModule device = new HeadlessAudioDeviceModule();
    private final MemorySegment fields;
    private final long phaseNs;
    private final boolean known;
    private boolean ours;
    private int lines;
    private @Nullable Thread thread;
    private volatile boolean running;

    /** @param phaseNs sound is taken at this moment of {@link System#nanoTime}, and every 10 ms before and after */
    Hearing(long phaseNs) {
        this.phaseNs = phaseNs;
        fields = MemorySegment.ofAddress(NativeObjects.handle(device)).reinterpret(DEVICE_BYTES);
        known = fields.get(ValueLayout.JAVA_BYTE, INITIALIZED) == 1
                && fields.get(ValueLayout.JAVA_INT, RATE) == RATE_HZ
                && fields.get(ValueLayout.JAVA_LONG, CHANNELS) == 1
                && fields.get(ValueLayout.JAVA_LONG, TRANSPORT) == 0;
    }

    AudioDeviceModuleBase device() {
        return device;
    }

    /** Once the factory is made: a device that is not initialised starts no thread. */
    void takeOver() {
        ours = known && fields.get(ValueLayout.JAVA_LONG, TRANSPORT) != 0;
        if (ours) {
            fields.set(ValueLayout.JAVA_BYTE, INITIALIZED, (byte) 0);
        } else {
            LOG.warn("sound is heard by the headless device's own clock, which is slow: microphones are late");
        }
    }

    /** One more track is heard. */
    void attach() {
        if (lines++ == 0 && ours) {
            running = true;
            thread = Thread.ofPlatform().daemon().name("hearing").start(this::run);
        }
    }

    /** One less: at the return of the last call nothing is taken any more. */
    void detach() {
        if (--lines == 0) {
            stop();
        }
    }

    /** Before the factory: what gives the sound is the factory's. */
    void stop() {
        running = false;
        final Thread ending = thread;
        thread = null;
        boolean interrupted = false;
        while (ending != null && ending.isAlive()) {
            LockSupport.unpark(ending);
            try {
                ending.join(PIECE_NS / 1_000_000);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment transport = MemorySegment.ofAddress(fields.get(ValueLayout.JAVA_LONG, TRANSPORT));
            final MemorySegment pull = NativeObjects.function(transport.address(), NEED_MORE_PLAY_DATA);
            final MemorySegment pcm = arena.allocate(SAMPLES * Short.BYTES, Long.BYTES);
            final MemorySegment taken = arena.allocate(ValueLayout.JAVA_LONG);
            final MemorySegment elapsed = arena.allocate(ValueLayout.JAVA_LONG);
            final MemorySegment ntp = arena.allocate(ValueLayout.JAVA_LONG);
            long dueNs = System.nanoTime();
            dueNs += Math.floorMod(phaseNs - dueNs, PIECE_NS);
            while (running) {
                final long nowNs = System.nanoTime();
                if (dueNs - nowNs > 0) {
                    LockSupport.parkNanos(dueNs - nowNs);
                    continue;
                }
                final int unused = (int) PULL.invokeExact(
                        pull, transport, (long) SAMPLES, (long) Short.BYTES, 1L, RATE_HZ, pcm, taken, elapsed, ntp);
                dueNs += nowNs - dueNs > CATCH_UP_NS ? (nowNs - dueNs) / PIECE_NS * PIECE_NS : PIECE_NS;
            }
        } catch (Throwable e) {
            LOG.error("nothing is heard any more", e);
        }
    }

    /** After the factory. */
    @Override
    public void close() {
        stop();
        device.dispose();
    }
}
