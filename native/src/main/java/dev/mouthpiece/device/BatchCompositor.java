package dev.mouthpiece.device;

/**
 * Composites the pictures of a batch, whose rows may show different avatars in frames of different sizes. Belongs to one
 * inference thread, which calls {@link #begin}, {@link #add} for each row, {@link #finish}.
 */
public interface BatchCompositor extends AutoCloseable {
    /** Starts a batch of {@code patches}, each {@code side} columns and rows. */
    void begin(Patches patches, int side);

    /**
     * Adds a picture.
     *
     * @param still the avatar's frame, as large as {@code out}; held by the device where this compositor is the device's
     * @param row which of the patches
     * @param place where it lies
     * @param opacity how much of it shows, 0..1
     * @param out receives the picture; of the device's {@link FrameMemory}
     * @throws IllegalArgumentException if frames differ in size
     */
    void add(StillFrame still, int row, PatchPlace place, float opacity, I420Frame out);

    /**
     * Returns when all pictures added are written.
     *
     * @throws DeviceException if the device fails; then none of them is to be shown
     */
    void finish();

    @Override
    void close();
}
