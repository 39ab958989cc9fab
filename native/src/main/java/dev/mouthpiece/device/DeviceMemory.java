package dev.mouthpiece.device;

/**
 * A device's memory at a moment, in bytes.
 *
 * @param free of {@code total}; what else uses the device is not
 * @param pictures avatars' frames that the device keeps
 * @param pinned host memory that the device writes pictures into
 */
public record DeviceMemory(long free, long total, long pictures, long pinned) {
    /** In use, by whomever. */
    public long used() {
        return total - free;
    }
}
