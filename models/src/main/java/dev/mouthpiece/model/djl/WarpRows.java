package dev.mouthpiece.model.djl;

import dev.mouthpiece.device.warp.WarpLayout;
import dev.mouthpiece.device.warp.WarpPainter;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/** Draws the warps of a batch. Belongs to its renderer's thread; its memory grows to the largest batch and then stays. */
final class WarpRows {
    private final WarpPainter painter;
    private final int floats;
    private final int patchBytes;
    private ByteBuffer patches = ByteBuffer.allocateDirect(0);
    /** The first rows of them, by their number. */
    private @Nullable ByteBuffer[] firstRows = new ByteBuffer[0];

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
            firstRows = new ByteBuffer[rows + 1];
        }
        for (int row = 0; row < rows; row++) {
            painter.paint(warps, row * floats, bank.texture(slots.get(row)), patches, row * patchBytes);
        }
        return firstRows(rows).clear();
    }

    private ByteBuffer firstRows(int rows) {
        ByteBuffer known = firstRows[rows];
        if (known == null) {
            known = patches.slice(0, rows * patchBytes);
            firstRows[rows] = known;
        }
        return known;
    }
}
