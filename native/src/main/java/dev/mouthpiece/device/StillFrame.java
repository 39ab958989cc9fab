package dev.mouthpiece.device;

import java.nio.ByteBuffer;

/** An avatar's frame at rest: the picture as given and its I420 form, made once. Immutable. */
public final class StillFrame {
    private final int width;
    private final int height;
    private final ByteBuffer rgb;

    /**
     * @param rgb interleaved RGB bytes [height, width, 3], direct; kept, not copied
     */
    public StillFrame(int width, int height, ByteBuffer rgb) {
        if (rgb.capacity() != width * height * 3) {
            throw new IllegalArgumentException("picture must have width*height*3 bytes: width=" + width + " height="
                    + height + " bytes=" + rgb.capacity());
        }
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** Interleaved RGB bytes; absolute reads only. */
    public ByteBuffer rgb() {
        return rgb;
    }
}
