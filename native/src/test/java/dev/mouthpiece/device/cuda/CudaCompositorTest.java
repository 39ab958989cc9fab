package dev.mouthpiece.device.cuda;

import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemFree;

import dev.mouthpiece.device.BatchCompositor;
import dev.mouthpiece.device.Compositor;
import dev.mouthpiece.device.CompositorContract;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.PatchPlace;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.StillFrame;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The kernel, through bindings and launch: on the test's driver the kernel's source, on a real one the PTX. */
class CudaCompositorTest extends CompositorContract {
    CudaCompositorTest() {
        super(open());
    }

    private static Compositor open() {
        TwinDriver.load();
        return new OnePicture(Cuda.open(0));
    }

    @Test
    void shouldMatchTheHostWhenABatchMixesAvatarsFrameSizesAndPlaces() {
        TwinDriver.load();
        final long seed = System.nanoTime();

        TwinCheck.run(Cuda.open(0), 200, seed);
    }

    /** Batches of one, with the patch uploaded first. */
    private static final class OnePicture implements Compositor {
        private final CudaDevice device;

        OnePicture(CudaDevice device) {
            this.device = device;
        }

        @Override
        public void composite(
                StillFrame still, ByteBuffer patch, int patchOffset, int side, int x, int y, I420Frame out) {
            blend(still, patch, patchOffset, side, PatchPlace.at(x, y), 1, out);
        }

        @Override
        public void blend(
                StillFrame still,
                ByteBuffer patch,
                int patchOffset,
                int side,
                PatchPlace place,
                float opacity,
                I420Frame out) {
            Objects.checkFromIndexSize(patchOffset, 3 * side * side, patch.limit());
            final long[] address = new long[1];
            CudaCalls.check(cuMemAlloc(address, patch.capacity()), "allocate");
            device.hold(still);
            final I420Frame pinned = device.frames().take(out.width(), out.height());
            try (PinnedBuffer staging = device.newBuffer(patch.capacity());
                    BatchCompositor compositor = device.newCompositor()) {
                staging.bytes().put(0, patch, 0, patch.capacity());
                device.threadStream().copyToDevice(staging, address[0], patch.capacity());
                final Patches patches = new Patches();
                patches.onDevice(address[0] + patchOffset);
                compositor.begin(patches, side);
                compositor.add(still, 0, place, opacity, pinned);
                compositor.finish();
                out.copyFrom(pinned);
            } finally {
                device.frames().give(pinned);
                device.release(still);
                CudaCalls.check(cuMemFree(address[0]), "free");
            }
        }
    }
}
