package dev.mouthpiece.device;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An avatar's frame at rest: the picture as given and its I420 form, made once. Immutable but for
 * where a device keeps its copy.
 */
public final class StillFrame {
    private final int width;
    private final int height;
    private final ByteBuffer rgb;
    private final I420Frame i420;
    /** Where the process's device has the picture; null while it has none. Written by the device. */
    private volatile @Nullable DeviceCopy deviceCopy;

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

    /** Where the process's device has the picture; null while it holds none. */
    public @Nullable DeviceCopy deviceCopy() {
        return deviceCopy;
    }

    /** The device's own: says where it has the picture. */
    public void deviceCopy(@Nullable DeviceCopy copy) {
        deviceCopy = copy;
    }

    /**
     * A picture in a device's memory.
     *
     * @param rgbAddress interleaved RGB bytes
     * @param i420Address the same as I420
     * @param bytes of both
     */
    public record DeviceCopy(long rgbAddress, long i420Address, long bytes) {}
}
