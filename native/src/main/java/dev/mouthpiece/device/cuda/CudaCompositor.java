package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.cuLaunchKernel;
import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemFree;

import dev.mouthpiece.device.BatchCompositor;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.device.StillFrame.DeviceCopy;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Composites a batch in one launch, on its thread's stream: so behind the renderer's kernels, and the pictures are in host
 * memory when {@link #finish} returns.
 *
 * <p>A row of the launch, 104 bytes, as the kernel's struct Row has it:
 *
 * <pre>
 *    0 still      8 plain     16 patch     24 out          addresses
 *   32 width     36 height    40 side      44 exact        ints
 *   48 x         52 y         56 left      60 top
 *   64 right     68 bottom
 *   72 ux        76 uy        80 u0        84 vx           floats
 *   88 vy        92 v0        96 feather  100 opacity
 * </pre>
 */
final class CudaCompositor implements BatchCompositor {
    static final int ROW_BYTES = 104;

    /** The manifest's bound for rows of a batch. */
    private static final int MAX_ROWS = 64;

    private static final int THREADS = 256;

    private static final PointerPointer<LongPointer> NO_EXTRA = new PointerPointer<>();

    private final CudaDevice device;
    private final PinnedBuffer rows;
    private final ByteBuffer bytes;
    private final long deviceRows;
    private final LongPointer argument;
    private final PointerPointer<LongPointer> arguments;
    private long patches;
    private int side;
    private int count;
    private int mostTiles;
    private long hostBytes;

    CudaCompositor(CudaDevice device) {
        this.device = device;
        device.makeCurrent();
        this.rows = device.newBuffer((long) ROW_BYTES * MAX_ROWS);
        this.bytes = rows.bytes();
        final long[] address = new long[1];
        CudaCalls.check(cuMemAlloc(address, (long) ROW_BYTES * MAX_ROWS), "allocate the rows of a launch");
        this.deviceRows = address[0];
        this.argument = new LongPointer(1).put(deviceRows);
        // Not by the constructor that takes a pointer: that one casts.
        this.arguments = new PointerPointer<LongPointer>(1).put(0, argument);
    }

    @Override
    public void begin(Patches batch, int patchSide) {
        patches = batch.address();
        side = patchSide;
        count = 0;
        mostTiles = 0;
        hostBytes = 0;
        if (patches == 0) {
            throw new IllegalStateException("the batch's patches are not on the device");
        }
    }

    @Override
    public void add(StillFrame still, int row, PatchPlace place, float opacity, I420Frame out) {
        if (still.width() != out.width() || still.height() != out.height()) {
            throw new IllegalArgumentException("frames must be of one size: still " + still.width() + "x"
                    + still.height() + ", out " + out.width() + "x" + out.height());
        }
        if (out.deviceAddress() == 0 || count == MAX_ROWS) {
            throw new IllegalArgumentException("a row needs a frame of the device's memory and room: address="
                    + out.deviceAddress() + " rows=" + count);
        }
        final DeviceCopy copy =
                Objects.requireNonNull(still.deviceCopy(), "the device does not hold the avatar's frame");
        final int at = count++ * ROW_BYTES;
        bytes.putLong(at, copy.rgbAddress())
                .putLong(at + 8, copy.i420Address())
                .putLong(at + 16, patches + (long) row * 3 * side * side)
                .putLong(at + 24, out.deviceAddress())
                .putInt(at + 32, out.width())
                .putInt(at + 36, out.height())
                .putInt(at + 40, side)
                .putInt(at + 44, place.isExact() && opacity == 1f ? 1 : 0)
                .putInt(at + 48, place.x())
                .putInt(at + 52, place.y())
                .putInt(at + 56, place.left(side, out.width()))
                .putInt(at + 60, place.top(side, out.height()))
                .putInt(at + 64, place.right(side, out.width()))
                .putInt(at + 68, place.bottom(side, out.height()));
        bytes.putFloat(at + 72, place.ux())
                .putFloat(at + 76, place.uy())
                .putFloat(at + 80, place.u0())
                .putFloat(at + 84, place.vx())
                .putFloat(at + 88, place.vy())
                .putFloat(at + 92, place.v0())
                .putFloat(at + 96, place.feather())
                .putFloat(at + 100, opacity);
        final int tiles = (out.chromaWidth() + 1) / 2 * out.chromaHeight();
        mostTiles = Math.max(mostTiles, tiles);
        hostBytes += out.data().capacity();
    }

    @Override
    public void finish() {
        // Asked for here: whoever made this compositor need not be the thread that uses it.
        final CudaStream stream = device.threadStream();
        if (count > 0) {
            upload(stream);
            launch(stream);
            device.meters().wroteToHost(hostBytes);
        }
        stream.synchronize();
    }

    /** Brings the rows to the device. */
    void upload(CudaStream stream) {
        stream.copyToDevice(rows, deviceRows, (long) count * ROW_BYTES);
    }

    /** Composites the rows that were brought there last. */
    void launch(CudaStream stream) {
        stream.enter(DeviceStage.COMPOSITE);
        CudaCalls.check(
                cuLaunchKernel(
                        device.compositeKernel(),
                        (mostTiles + THREADS - 1) / THREADS,
                        count,
                        1,
                        THREADS,
                        1,
                        1,
                        0,
                        stream.handle(),
                        arguments,
                        NO_EXTRA),
                "launch the compositing kernel");
    }

    @Override
    public void close() {
        device.makeCurrent();
        rows.close();
        CudaCalls.check(cuMemFree(deviceRows), "free the rows of a launch");
        argument.close();
        arguments.close();
    }
}
