package dev.mouthpiece.device;

/**
 * What a process computes on, and the memory that belongs to it. One per process. Thread-safe; whatever may block
 * (everything but {@link #kind}, {@link #id} and {@link #meters}) is for threads outside the media path.
 */
public interface Device extends AutoCloseable {
    DeviceKind kind();

    /** {@code cpu}, or {@code cuda:N}. */
    String id();

    /** One line for the log: what it is and what it has. */
    String describe();

    /** Its memory as it is now. */
    DeviceMemory memory();

    /** What it counts. On a CPU the stages are filled in by whoever runs them; a GPU times its own. */
    DeviceMeters meters();

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
