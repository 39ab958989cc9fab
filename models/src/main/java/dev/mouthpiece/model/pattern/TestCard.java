package dev.mouthpiece.model.pattern;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The pictures of the pattern, square and planar: white, or a dark card on which no two frames in a row are equal.
 *
 * <pre>
 *   +--------------------------+     stripes, 128 pixels apart, move right by 4 pixels a frame;
 *   |  #.##.#..  |      |      |     16 cells from (16, 16) on, 12 pixels each, show the frame's number:
 *   |     |      |      |      |     the highest bit first, a set bit light
 *   +--------------------------+
 * </pre>
 *
 * <p>Stripes and number are there however little of the square a frame shows. Belongs to one thread.
 */
final class TestCard {
    static final int CELLS = 16;
    static final int CELL_PIXELS = 12;
    static final int CELLS_X = 16;
    static final int CELLS_Y = 16;

    private static final int STRIPE_SPACING = 128;
    private static final int STRIPE_PIXELS = 8;
    private static final int STRIPE_SPEED = 4;
    private static final int CHANNELS = 3;
    private static final byte WHITE = (byte) 255;
    private static final byte[] BACKGROUND = {20, 26, 34};
    private static final byte[] STRIPE = {70, 110, (byte) 150};

    private final int side;
    /** A row per channel, a stripe's spacing longer than the card: a row of the card begins somewhere in it. */
    private final byte[][] rows;

    private final byte[] white;
    private final byte[] cells = new byte[CELLS * CELL_PIXELS];

    TestCard(int side) {
        this.side = side;
        rows = new byte[CHANNELS][side + STRIPE_SPACING];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int i = 0; i < rows[channel].length; i++) {
                rows[channel][i] = i % STRIPE_SPACING < STRIPE_PIXELS ? STRIPE[channel] : BACKGROUND[channel];
            }
        }
        white = new byte[side];
        Arrays.fill(white, WHITE);
    }

    /** Fills a picture with white. */
    void drawWhite(ByteBuffer picture, int offset) {
        for (int row = 0; row < CHANNELS * side; row++) {
            picture.put(offset + row * side, white);
        }
    }

    /** Draws the card of a frame. */
    void draw(ByteBuffer picture, int offset, int frame) {
        final int phase = STRIPE_SPACING - 1 - Math.floorMod(frame * STRIPE_SPEED, STRIPE_SPACING);
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int row = 0; row < side; row++) {
                picture.put(offset + (channel * side + row) * side, rows[channel], phase, side);
            }
        }
        drawNumber(picture, offset, frame);
    }

    private void drawNumber(ByteBuffer picture, int offset, int frame) {
        final int columns = Math.min(cells.length, side - CELLS_X);
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int i = 0; i < columns; i++) {
                final boolean set = (frame >> (CELLS - 1 - i / CELL_PIXELS) & 1) != 0;
                cells[i] = set ? STRIPE[channel] : 0;
            }
            for (int row = CELLS_Y; row < Math.min(CELLS_Y + CELL_PIXELS, side); row++) {
                picture.put(offset + (channel * side + row) * side + CELLS_X, cells, 0, columns);
            }
        }
    }
}
