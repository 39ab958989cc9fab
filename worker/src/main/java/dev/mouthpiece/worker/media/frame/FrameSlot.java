package dev.mouthpiece.worker.media.frame;

import dev.mouthpiece.device.I420Frame;
import org.jspecify.annotations.Nullable;

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
    private long expectedNs;
    private boolean done;
    private @Nullable I420Frame prepared;
    private long generatedNs;
    private long compositedNs;
    private long readyNs;

    FrameSlot(I420Frame picture, int featureCount) {
        this.picture = picture;
        features = new float[featureCount];
    }

    void reserve(long epoch, long segmentId, long frameIndex, long expectedNs) {
        this.epoch = epoch;
        this.segmentId = segmentId;
        this.frameIndex = frameIndex;
        this.expectedNs = expectedNs;
        this.done = false;
        this.prepared = null;
    }

    void markDone(long nowNs) {
        done = true;
        readyNs = nowNs;
    }

    /** When the inference thread had its patch, and when its picture. Device thread, before it is complete. */
    void made(long generatedAtNs, long compositedAtNs) {
        generatedNs = generatedAtNs;
        compositedNs = compositedAtNs;
    }

    boolean isDone() {
        return done;
    }

    /** What it shows: the frame that an inference thread writes, or the prepared one that stands for it. */
    public I420Frame picture() {
        return prepared == null ? picture : prepared;
    }

    /** Its own frame, whatever it shows. */
    I420Frame ownPicture() {
        return picture;
    }

    /** Nothing is to be rendered: it shows this frame, which nobody writes. Device thread, after reserving. */
    public void show(I420Frame frame, long nowNs) {
        prepared = frame;
        made(nowNs, nowNs);
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

    /** When it was expected to be ready, when it was reserved; {@link Long#MAX_VALUE} if nobody knew. */
    public long expectedNs() {
        return expectedNs;
    }

    /** When its patch was rendered. */
    public long generatedNs() {
        return generatedNs;
    }

    /** When its picture was composited. */
    public long compositedNs() {
        return compositedNs;
    }

    /** When the device thread passed it on. */
    public long readyNs() {
        return readyNs;
    }

    public boolean isIdle() {
        return segmentId == IDLE;
    }
}
