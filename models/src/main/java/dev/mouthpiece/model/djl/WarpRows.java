package dev.mouthpiece.model.djl;

import dev.mouthpiece.device.warp.WarpLayout;
import dev.mouthpiece.device.warp.WarpPainter;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/** Draws the warps of a batch. Belongs to its renderer's thread; its memory grows to the largest batch and then stays. */
final class WarpRows {
    private final WarpPainter painter;
    private final int floats;
    private final int patchBytes;
    private ByteBuffer patches = ByteBuffer.allocateDirect(0);

    WarpRows(WarpLayout layout) {
        painter = new WarpPainter(layout);
        floats = layout.floats();
        patchBytes = 3 * layout.side() * layout.side();
    }

    /**
     * Draws the first {@code rows} rows.
     *
     * @return planar RGB [rows, 3, P, P]; valid until the next call
     */
    ByteBuffer draw(FloatBuffer warps, int rows, LongBuffer slots, IdentityBank.Snapshot bank) {
        if (patches.capacity() < rows * patchBytes) {
            patches = ByteBuffer.allocateDirect(rows * patchBytes);
        }
        for (int row = 0; row < rows; row++) {
            painter.paint(warps, row * floats, bank.texture(slots.get(row)), patches, row * patchBytes);
        }
        return patches.slice(0, rows * patchBytes);
    }
}
