package dev.mouthpiece.device;

/**
 * What a process computes on, and the memory that belongs to it. One per process. Thread-safe; whatever may block
 * (everything but {@link #kind} and {@link #describe}) is for threads outside the media path.
 */
public interface Device extends AutoCloseable {
    DeviceKind kind();

    /** One line for the log: what it is and what it has. */
    String describe();

    /** A compositor for one inference thread. */
    BatchCompositor newCompositor();

    /** Where pictures come from. */
    FrameMemory frames();

    /**
     * Sees to it that the device's compositors find this picture, until {@link #release}. Calls are counted.
     *
     * @throws DeviceException if there is no memory left for it
     */
    void hold(StillFrame still);

    /** Takes one {@link #hold} back. No compositor may be at work with it. */
    void release(StillFrame still);

    @Override
    void close();
}
