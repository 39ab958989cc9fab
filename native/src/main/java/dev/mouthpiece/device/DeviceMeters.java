package dev.mouthpiece.device;

import java.util.concurrent.atomic.LongAdder;

/**
 * What a device counts, from its opening on. Any thread writes, any reads; no lock.
 *
 * <p>A stage's time is that of the inference threads together: with two of them it can be two seconds a second. On a GPU it is
 * taken between events on a thread's stream, so it holds what the device waits for within a stage, such as its next launch.
 */
public final class DeviceMeters {
    private final LongAdder[] stageNs = new LongAdder[DeviceStage.values().length];
    private final LongAdder copies = new LongAdder();
    private final LongAdder bytesToDevice = new LongAdder();
    private final LongAdder bytesToHost = new LongAdder();

    public DeviceMeters() {
        for (int i = 0; i < stageNs.length; i++) {
            stageNs[i] = new LongAdder();
        }
    }

    public void took(DeviceStage stage, long ns) {
        stageNs[stage.ordinal()].add(ns);
    }

    public void copiedToDevice(long bytes) {
        copies.increment();
        bytesToDevice.add(bytes);
    }

    public void copiedToHost(long bytes) {
        copies.increment();
        bytesToHost.add(bytes);
    }

    /** A kernel has written so many bytes into host memory itself: no copy, but the same way. */
    public void wroteToHost(long bytes) {
        bytesToHost.add(bytes);
    }

    /** Nanoseconds. */
    public long ns(DeviceStage stage) {
        return stageNs[stage.ordinal()].sum();
    }

    /** Copies in either direction. */
    public long copies() {
        return copies.sum();
    }

    public long bytesToDevice() {
        return bytesToDevice.sum();
    }

    /** By copies and by kernels. */
    public long bytesToHost() {
        return bytesToHost.sum();
    }
}
