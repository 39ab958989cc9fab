package dev.mouthpiece.device;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Composites on the CPU: copies the still I420, then converts the patch's rectangle, two rows at a time.
 *
 * <p>Any thread may call; each has its own scratch, which grows to the widest patch and then stays.
 */
public final class HostCompositor implements Compositor {
    private final ThreadLocal<RowPair> scratch = ThreadLocal.withInitial(RowPair::new);

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the frames differ in size
     * @throws IndexOutOfBoundsException if the patch's bytes reach beyond its buffer
     */
    @Override
    public void composite(StillFrame still, ByteBuffer patch, int patchOffset, int side, int x, int y, I420Frame out) {
        begin(still, patch, patchOffset, side, out);

        // In long: an origin near the ends of int must not wrap around.
        final int left = Math.max(x, 0);
        final int top = Math.max(y, 0);
        final int right = (int) Math.min((long) x + side, out.width());
        final int bottom = (int) Math.min((long) y + side, out.height());
        if (left >= right || top >= bottom) {
            return;
        }
        final RowPair rows = scratch.get();
        rows.begin(left, right);
        for (int line = top & ~1; line < bottom; line += 2) {
            for (int row = 0; row < 2; row++) {
                // Below an odd frame's last row there is none: the block's average takes that row twice.
                final int source = Math.min(line + row, out.height() - 1);
                if (source >= top && source < bottom) {
                    final int offset = patchOffset + (source - y) * side + left - x;
                    rows.loadPatch(row, patch, offset, side * side, still, source);
                } else {
                    rows.loadStill(row, still, source);
                }
            }
            rows.store(line, out);
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the frames differ in size
     * @throws IndexOutOfBoundsException if the patch's bytes reach beyond its buffer
     */
    @Override
    public void blend(
            StillFrame still,
            ByteBuffer patch,
            int patchOffset,
            int side,
            PatchPlace place,
            float opacity,
            I420Frame out) {
        begin(still, patch, patchOffset, side, out);
        final int left = place.left(side, out.width());
        final int top = place.top(side, out.height());
        final int right = place.right(side, out.width());
        final int bottom = place.bottom(side, out.height());
        if (left >= right || top >= bottom) {
            return;
        }
        final RowPair rows = scratch.get();
        rows.begin(left, right);
        for (int line = top & ~1; line < bottom; line += 2) {
            for (int row = 0; row < 2; row++) {
                final int source = Math.min(line + row, out.height() - 1);
                rows.loadStill(row, still, source);
                rows.blendPatch(row, patch, patchOffset, side, place, opacity, source, out.width());
            }
            rows.store(line, out);
        }
    }

    private static void begin(StillFrame still, ByteBuffer patch, int patchOffset, int side, I420Frame out) {
        if (still.width() != out.width() || still.height() != out.height()) {
            throw new IllegalArgumentException("frames must be of one size: still " + still.width() + "x"
                    + still.height() + ", out " + out.width() + "x" + out.height());
        }
        Objects.checkFromIndexSize(patchOffset, 3 * side * side, patch.limit());
        out.copyFrom(still.i420());
    }
}
