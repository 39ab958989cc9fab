package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.BatchCompositor;
import dev.mouthpiece.device.CompositeShare;
import dev.mouthpiece.device.CompositeShare.Target;
import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.device.cuda.CompositeMeter;
import dev.mouthpiece.device.cuda.CudaDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Measures what compositing makes of a device's memory bandwidth. */
final class CompositeMeasure {
    /** Of a GPU's memory bandwidth. */
    private static final double BAR = 0.6;

    private static final int ROWS = 64;
    private static final int SIDE = 256;
    private static final int FRAME = 512;
    private static final int LAUNCHES = 40;
    private static final long COPY_BYTES = 512L << 20;
    private static final int RUNS = 7;

    private final Terminal terminal;
    private final Device device;

    /** The device is borrowed. */
    CompositeMeasure(Terminal terminal, Device device) {
        this.terminal = terminal;
        this.device = device;
    }

    /** Prints what was measured. Returns 1 where a GPU does not meet the bar, else 0. */
    int run() {
        if (!(device instanceof CudaDevice cuda)) {
            print(onHost());
            terminal.out().println("one core; the bar is a GPU's");
            return Cli.OK;
        }
        try (CompositeMeter meter = new CompositeMeter(cuda, ROWS, SIDE, FRAME, FRAME)) {
            final CompositeShare onDevice = meter.measure(Target.DEVICE, LAUNCHES, COPY_BYTES);
            print(onDevice);
            print(meter.measure(Target.HOST, LAUNCHES, COPY_BYTES));
            final boolean isMet = onDevice.share() >= BAR;
            terminal.out().println("bar of 60 % of the memory's bandwidth: " + (isMet ? "ok" : "NOT MET"));
            return isMet ? Cli.OK : 1;
        }
    }

    private void print(CompositeShare share) {
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "%d patches of %d in frames of %dx%d, pictures in %s memory: %.1f us a batch, %.1f MB,"
                                + " %.1f GB/s of %.1f GB/s that a copy moves: %.0f %%%n",
                        share.rows(),
                        share.side(),
                        share.width(),
                        share.height(),
                        share.target() == Target.HOST ? "host" : "the device's",
                        share.batchUs(),
                        share.bytes() / 1e6,
                        share.bytesPerSecond() / 1e9,
                        share.copyBytesPerSecond() / 1e9,
                        100 * share.share());
    }

    /** The CPU's compositor against a copy by the same thread. */
    private CompositeShare onHost() {
        final List<StillFrame> stills = new ArrayList<>();
        final List<I420Frame> frames = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            stills.add(new StillFrame(FRAME, FRAME, ByteBuffer.allocateDirect(3 * FRAME * FRAME)));
            frames.add(device.frames().take(FRAME, FRAME));
        }
        final Patches patches = new Patches();
        patches.onHost(ByteBuffer.allocateDirect(ROWS * 3 * SIDE * SIDE));
        final ByteBuffer from = ByteBuffer.allocateDirect(ROWS * 3 * FRAME * FRAME);
        final ByteBuffer to = ByteBuffer.allocateDirect(from.capacity());
        try (BatchCompositor compositor = device.newCompositor()) {
            final double batchUs = medianUs(() -> {
                compositor.begin(patches, SIDE);
                for (int row = 0; row < ROWS; row++) {
                    compositor.add(
                            stills.get(row),
                            row,
                            PatchPlace.at((FRAME - SIDE) / 2, (FRAME - SIDE) / 2),
                            1,
                            frames.get(row));
                }
                compositor.finish();
            });
            final double copyUs = medianUs(() -> to.put(0, from, 0, from.capacity()));
            return CompositeShare.of(
                    ROWS, SIDE, FRAME, FRAME, Target.DEVICE, batchUs, 2.0 * from.capacity() / copyUs * 1e6);
        } finally {
            frames.forEach(device.frames()::give);
        }
    }

    /** The first runs are the compiler's. */
    private static double medianUs(Runnable work) {
        final double[] us = new double[RUNS];
        for (int run = -RUNS; run < RUNS; run++) {
            final long startNs = System.nanoTime();
            work.run();
            if (run >= 0) {
                us[run] = (System.nanoTime() - startNs) / 1e3;
            }
        }
        Arrays.sort(us);
        return us[RUNS / 2];
    }
}
