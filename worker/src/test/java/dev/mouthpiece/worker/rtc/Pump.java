package dev.mouthpiece.worker.rtc;

import dev.mouthpiece.device.I420Frame;
import java.util.concurrent.locks.LockSupport;

/** A pacer: moving pictures at 25 a second and a tone, on a thread of its own until it is closed. */
final class Pump implements AutoCloseable {
    static final int WIDTH = 368;
    static final int HEIGHT = 560;

    private final Publisher publisher;
    private final int amplitude;
    private final Thread thread;
    private volatile boolean stopped;
    volatile int ticks;

    private Pump(Publisher publisher, int amplitude) {
        this.publisher = publisher;
        this.amplitude = amplitude;
        thread = Thread.ofPlatform().name("pump").daemon().unstarted(this::run);
    }

    static Pump start(Publisher publisher, int amplitude) {
        final Pump pump = new Pump(publisher, amplitude);
        pump.thread.start();
        return pump;
    }

    private void run() {
        final I420Frame frame = new I420Frame(WIDTH, HEIGHT);
        final byte[][] sine = new byte[100][];
        for (int i = 0; i < sine.length; i++) {
            sine[i] = Sounds.sine(i, amplitude);
        }
        final long startNs = System.nanoTime();
        for (int tick = 0; !stopped; tick++) {
            final long dueNs = startNs + tick * 10_000_000L;
            while (dueNs - System.nanoTime() > 0) {
                LockSupport.parkNanos(dueNs - System.nanoTime());
            }
            publisher.pushAudio(sine[tick % sine.length]);
            if (tick % 4 == 0) {
                paint(frame, tick / 4);
                publisher.pushVideo(frame);
            }
            ticks = tick;
        }
    }

    /** Waves that wander: something to encode, and not too much. */
    static void paint(I420Frame frame, int number) {
        for (int y = 0; y < frame.height(); y++) {
            final int row = y * frame.width();
            for (int x = 0; x < frame.width(); x++) {
                frame.data().put(row + x, (byte) (64 + (((x + 2 * number) ^ (y + number)) & 127)));
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
