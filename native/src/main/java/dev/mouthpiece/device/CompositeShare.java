package dev.mouthpiece.device;

/**
 * How much of its memory's bandwidth a device's compositing uses.
 *
 * @param rows pictures of a batch
 * @param side of the patches, in pixels
 * @param width of the frames
 * @param height of the frames
 * @param bytes that a batch must move: patches and the rest of the still frames read, pictures written
 * @param target where the pictures were written
 * @param batchUs microseconds of a batch, the median of several runs
 * @param bytesPerSecond that this makes
 * @param copyBytesPerSecond what a plain copy by the same way moves, reads and writes together
 */
public record CompositeShare(
        int rows,
        int side,
        int width,
        int height,
        long bytes,
        Target target,
        double batchUs,
        double bytesPerSecond,
        double copyBytesPerSecond) {
    /** Of pictures. */
    public enum Target {
        /** The device's own memory. */
        DEVICE,
        /** Host memory, across the bus, as sessions need them. */
        HOST
    }

    /** From the time of a batch. */
    public static CompositeShare of(
            int rows, int side, int width, int height, Target target, double batchUs, double copyBytesPerSecond) {
        final long moved = movedBytes(rows, side, width, height, target);
        return new CompositeShare(
                rows, side, width, height, moved, target, batchUs, moved / batchUs * 1e6, copyBytesPerSecond);
    }

    /** Across a bus it is the pictures alone that count: the rest is read from faster memory. */
    private static long movedBytes(int rows, int side, int width, int height, Target target) {
        final long picture = I420Frame.sizeBytes(width, height);
        final long patch = (long) side * side;
        return target == Target.HOST ? rows * picture : rows * (3 * patch + picture - patch * 3 / 2 + picture);
    }

    /** 0..1, and a little above where caches help. */
    public double share() {
        return bytesPerSecond / copyBytesPerSecond;
    }
}
