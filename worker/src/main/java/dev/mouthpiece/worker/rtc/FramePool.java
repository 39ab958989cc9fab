package dev.mouthpiece.worker.rtc;

import dev.mouthpiece.device.I420Frame;
import dev.onvoid.webrtc.media.video.NativeI420Buffer;
import dev.onvoid.webrtc.media.video.VideoFrame;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Native pictures, used again once the encoders have let go of them: a fresh one per frame would cost more than the copying
 * (its pages are touched for the first time) and 470 bytes of heap. Owned by the pushing thread.
 *
 * <p>webrtc-java does not say who holds a picture; its reference count does. Where that cannot be read ({@link #isCountReadable}),
 * each frame gets a new picture.
 */
final class FramePool {
    /** More pictures than these in the encoders' hands means that they have not kept up for over half a second. */
    static final int CAPACITY_FRAMES = 16;

    private final boolean reusing;
    private final Picture[] pictures = new Picture[CAPACITY_FRAMES];
    private int size;

    /** @param reusing whether pictures may be used again */
    FramePool(boolean reusing) {
        this.reusing = reusing;
    }

    /** Whether the reference count of a picture stands where this version should have it. */
    static boolean isCountReadable() {
        final NativeI420Buffer picture = NativeI420Buffer.allocate(2, 2);
        try {
            final int alone = NativeObjects.references(picture);
            picture.retain();
            final int shared = NativeObjects.references(picture);
            picture.release();
            return alone == 1 && shared == 2 && NativeObjects.references(picture) == 1;
        } finally {
            picture.release();
        }
    }

    /**
     * A copy of a frame, to be given back by {@link #giveBack} once it is pushed.
     *
     * @return null if the encoders hold all pictures
     */
    @Nullable
    Picture copy(I420Frame frame) {
        final Picture picture = free(frame.width(), frame.height());
        if (picture != null) {
            picture.fill(frame);
        }
        return picture;
    }

    void giveBack(Picture picture) {
        if (!reusing) {
            picture.buffer.release();
        }
    }

    /** Lets go of all pictures; the encoders may hold some for a while. */
    void clear() {
        for (int i = 0; i < size; i++) {
            pictures[i].buffer.release();
        }
        size = 0;
    }

    private @Nullable Picture free(int width, int height) {
        if (!reusing) {
            return new Picture(width, height);
        }
        if (size > 0 && !pictures[0].is(width, height)) {
            clear();
        }
        for (int i = 0; i < size; i++) {
            if (NativeObjects.references(pictures[i].references) == 1) {
                return pictures[i];
            }
        }
        if (size == CAPACITY_FRAMES) {
            return null;
        }
        final Picture picture = new Picture(width, height);
        pictures[size++] = picture;
        return picture;
    }

    /** A native picture with what pushing it takes, made once. */
    static final class Picture {
        final VideoFrame frame;

        private final NativeI420Buffer buffer;
        private final MemorySegment references;
        private final ByteBuffer y;
        private final ByteBuffer u;
        private final ByteBuffer v;

        Picture(int width, int height) {
            buffer = NativeI420Buffer.allocate(width, height);
            if (buffer.getStrideY() != width || buffer.getStrideU() != (width + 1) / 2) {
                buffer.release();
                throw new RtcException("webrtc-java's pictures have padded rows: " + buffer.getStrideY() + " bytes for "
                        + width + " columns");
            }
            references = NativeObjects.referenceCount(buffer);
            y = buffer.getDataY();
            u = buffer.getDataU();
            v = buffer.getDataV();
            frame = new VideoFrame(buffer, 0);
        }

        private boolean is(int width, int height) {
            return buffer.getWidth() == width && buffer.getHeight() == height;
        }

        private void fill(I420Frame source) {
            final int luma = source.lumaBytes();
            final int chroma = source.vOffset() - luma;
            y.put(0, source.data(), 0, luma);
            u.put(0, source.data(), luma, chroma);
            v.put(0, source.data(), luma + chroma, chroma);
        }
    }
}
