package dev.mouthpiece.worker.avatar;

import java.nio.ByteBuffer;

/**
 * A decoded picture, upright, opaque, in sRGB.
 *
 * @param rgb interleaved RGB bytes [height, width, 3], direct, position 0; absolute reads only
 */
public record Picture(int width, int height, ByteBuffer rgb) {
    public Picture {
        if (rgb.capacity() != width * height * 3 || !rgb.isDirect()) {
            throw new IllegalArgumentException("picture must be direct and have width*height*3 bytes: width=" + width
                    + " height=" + height + " bytes=" + rgb.capacity());
        }
    }
}
