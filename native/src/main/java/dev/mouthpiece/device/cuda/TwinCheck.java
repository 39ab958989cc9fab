package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemFree;

import dev.mouthpiece.device.BatchCompositor;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.HostCompositor;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.StillFrame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Compares the kernel with its host twin: batches of random pictures, each row another avatar, size and place. */
final class TwinCheck {
    private static final int ROWS = 8;
    private static final int TOLERANCE = 1;

    private TwinCheck() {}

    /** One picture of a batch. */
    private record Sample(StillFrame still, PatchPlace place, float opacity, I420Frame out) {}

    /**
     * Composites random batches on both.
     *
     * @throws DeviceException if a byte differs by more than one level
     */
    static void run(CudaDevice device, int batches, long seed) {
        final Random random = new Random(seed);
        try (BatchCompositor compositor = device.newCompositor()) {
            for (int batch = 0; batch < batches; batch++) {
                run(device, compositor, random, "seed " + seed + ", batch " + batch);
            }
        }
    }

    private static void run(CudaDevice device, BatchCompositor compositor, Random random, String where) {
        final int side = 1 + random.nextInt(80);
        final ByteBuffer patches = bytes(random, ROWS * 3 * side * side);
        final long[] address = new long[1];
        CudaCalls.check(cuMemAlloc(address, patches.capacity()), "allocate patches");
        final List<Sample> samples = new ArrayList<>();
        try (PinnedBuffer staging = device.newBuffer(patches.capacity())) {
            staging.bytes().put(0, patches, 0, patches.capacity());
            device.threadStream().copyToDevice(staging, address[0], patches.capacity());
            device.threadStream().synchronize();
            final Patches onDevice = new Patches();
            onDevice.onDevice(address[0]);
            compositor.begin(onDevice, side);
            for (int row = 0; row < ROWS; row++) {
                final Sample sample = sample(device, random, side);
                samples.add(sample);
                compositor.add(sample.still, row, sample.place, sample.opacity, sample.out);
            }
            compositor.finish();
            for (int row = 0; row < ROWS; row++) {
                compare(samples.get(row), patches, row, side, where + ", row " + row);
            }
        } finally {
            for (final Sample sample : samples) {
                device.release(sample.still);
                device.frames().give(sample.out);
            }
            CudaCalls.check(cuMemFree(address[0]), "free patches");
        }
    }

    private static Sample sample(CudaDevice device, Random random, int side) {
        // Every second width is one that the kernel writes by words.
        final int width = random.nextBoolean() ? 1 + random.nextInt(120) : 4 * (1 + random.nextInt(40));
        final int height = 1 + random.nextInt(120);
        final StillFrame still = new StillFrame(width, height, bytes(random, 3 * width * height));
        final boolean exact = random.nextInt(3) > 0;
        final PatchPlace place = exact
                ? PatchPlace.at(random.nextInt(width + side) - side, random.nextInt(height + side) - side)
                : PatchPlace.scaled(
                        random.nextDouble(width) - side / 2.0,
                        random.nextDouble(height) - side / 2.0,
                        1 + random.nextDouble(150),
                        1 + random.nextDouble(150),
                        side,
                        random.nextDouble(6));
        device.hold(still);
        return new Sample(
                still, place, exact ? 1 : random.nextFloat(), device.frames().take(width, height));
    }

    private static void compare(Sample sample, ByteBuffer patches, int row, int side, String where) {
        final I420Frame expected = new I420Frame(sample.out.width(), sample.out.height());
        final int offset = row * 3 * side * side;
        if (sample.place.isExact()) {
            new HostCompositor()
                    .composite(sample.still, patches, offset, side, sample.place.x(), sample.place.y(), expected);
        } else {
            new HostCompositor().blend(sample.still, patches, offset, side, sample.place, sample.opacity, expected);
        }
        for (int i = 0; i < expected.data().capacity(); i++) {
            final int difference =
                    (expected.data().get(i) & 0xff) - (sample.out.data().get(i) & 0xff);
            if (Math.abs(difference) > TOLERANCE) {
                throw new DeviceException(
                        DeviceException.Fault.LOST,
                        "the compositing kernel gives another picture than the host: " + where + ", byte " + i + " of "
                                + expected.width() + "x" + expected.height() + ", off by " + difference);
            }
        }
    }

    private static ByteBuffer bytes(Random random, int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ByteBuffer.allocateDirect(length).put(0, bytes);
    }
}
