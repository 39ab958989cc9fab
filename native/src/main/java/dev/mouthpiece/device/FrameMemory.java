package dev.mouthpiece.device;

/** Where pictures come from that a compositor writes. Thread-safe; may block, so no thread of the media path calls it. */
public interface FrameMemory {
    /**
     * A frame of any content.
     *
     * @throws DeviceException if there is no memory left
     */
    I420Frame take(int width, int height);

    /** Takes a frame back that nobody looks at any more. */
    void give(I420Frame frame);
}
