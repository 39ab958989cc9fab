package dev.mouthpiece.device;

import java.nio.ByteBuffer;

/** An avatar's frame at rest: the picture as given and its I420 form, made once. Immutable. */
public final class StillFrame {
    private final int width;
    private final int height;
    private final ByteBuffer rgb;
    private final I420Frame i420;

    /**
     * @param rgb interleaved RGB bytes [height, width, 3], direct; kept, not copied
     * @throws IllegalArgumentException if the buffer is not direct or not as large as the picture
     */
    public StillFrame(int width, int height, ByteBuffer rgb) {
        if (rgb.capacity() != width * height * 3 || !rgb.isDirect()) {
            throw new IllegalArgumentException("picture must have width*height*3 direct bytes: width=" + width
                    + " height=" + height + " bytes=" + rgb.capacity() + " direct=" + rgb.isDirect());
        }
        this.width = width;
        this.height = height;
        this.rgb = rgb;
        this.i420 = new I420Frame(width, height);
        Rgb.toI420(rgb, i420);
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

    /** The picture as I420, chroma averaged over each 2x2 block. Never written again. */
    public I420Frame i420() {
        return i420;
    }
}
