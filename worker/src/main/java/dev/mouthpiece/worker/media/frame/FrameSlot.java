package dev.mouthpiece.worker.media.frame;

import dev.mouthpiece.device.I420Frame;

/**
 * One place of a {@link FrameRing}: a picture and what it shows. Written by the device thread and the inference thread
 * that it hands the slot to; read by the pacer once published.
 */
public final class FrameSlot {
    /** {@link #segmentId} of a frame that shows no speech. */
    public static final long IDLE = 0;

    private final I420Frame picture;
    private final float[] features;
    private long epoch;
    private long segmentId;
    private long frameIndex;
    private boolean done;

    FrameSlot(int width, int height, int featureCount) {
        picture = new I420Frame(width, height);
        features = new float[featureCount];
    }

    void reserve(long epoch, long segmentId, long frameIndex) {
        this.epoch = epoch;
        this.segmentId = segmentId;
        this.frameIndex = frameIndex;
        this.done = false;
    }

    void markDone() {
        done = true;
    }

    boolean isDone() {
        return done;
    }

    public I420Frame picture() {
        return picture;
    }

    /** The features that made the picture. */
    public float[] features() {
        return features;
    }

    /** The session's epoch when the frame was planned. */
    public long epoch() {
        return epoch;
    }

    /** The segment that it speaks, or {@link #IDLE}. */
    public long segmentId() {
        return segmentId;
    }

    /** Its number in the segment: it shows the sound [i/fps, (i+1)/fps) of it. */
    public long frameIndex() {
        return frameIndex;
    }

    public boolean isIdle() {
        return segmentId == IDLE;
    }
}
