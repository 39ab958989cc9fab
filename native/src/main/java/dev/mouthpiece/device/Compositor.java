package dev.mouthpiece.device;

import java.nio.ByteBuffer;

/**
 * Lays a model's patch over an avatar's still frame and writes the picture as I420, in one pass.
 *
 * <p>An implementation is the CUDA kernel or its host twin; both pass one contract test. Calls are reentrant: several
 * inference threads composite into different frames at once. No call allocates.
 */
public interface Compositor {
    /**
     * Writes {@code still} with the patch over it.
     *
     * @param still the avatar's frame, as large as {@code out}
     * @param patch planar RGB bytes [3, side, side]; read from {@code patchOffset} on, absolutely
     * @param patchOffset first byte of the red plane
     * @param side columns and rows of the patch
     * @param x column of the frame where the patch's left edge lies; may be negative or reach beyond the frame, any parity
     * @param y row of the frame where the patch's top edge lies, likewise
     * @param out receives the picture
     */
    void composite(StillFrame still, ByteBuffer patch, int patchOffset, int side, int x, int y, I420Frame out);

    /**
     * Writes {@code still} with the patch over it, mapped into its place and fading in from its border.
     *
     * @param place where it lies
     * @param opacity how much of it shows, 0..1
     */
    void blend(
            StillFrame still,
            ByteBuffer patch,
            int patchOffset,
            int side,
            PatchPlace place,
            float opacity,
            I420Frame out);
}
