package dev.mouthpiece.worker.live;

import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameSlot;

/**
 * When the first part of one segment was where, from its first byte to its first picture; and what became of it. Times are
 * those of {@link System#nanoTime}; 0 says that it did not come to that.
 *
 * <p>A place in a {@link UtteranceLog}: the pacer fills it, the observer reads it while it is borrowed.
 */
public final class Utterance {
    private long segment;
    private long firstByteNs;
    private long featuresNs;
    private long renderedNs;
    private long compositedNs;
    private long firstSoundNs;
    private long firstPictureNs;
    private long firstMoveNs;
    private long finishedNs;
    private long positionUs;
    private boolean interrupted;
    private int pictures;
    private int repeats;

    void begin(long newSegment) {
        segment = newSegment;
        firstByteNs = 0;
        featuresNs = 0;
        renderedNs = 0;
        compositedNs = 0;
        firstSoundNs = 0;
        firstPictureNs = 0;
        firstMoveNs = 0;
        finishedNs = 0;
        positionUs = 0;
        interrupted = false;
        pictures = 0;
        repeats = 0;
    }

    void sounded(Segment from, long nowNs) {
        if (firstSoundNs == 0) {
            firstSoundNs = nowNs;
            firstByteNs = from.firstSampleNs();
        }
    }

    void shown(Segment from, FrameSlot slot, boolean moves, long nowNs) {
        if (pictures++ == 0) {
            featuresNs = from.featuresNs();
            renderedNs = slot.generatedNs();
            compositedNs = slot.compositedNs();
            firstPictureNs = nowNs;
        }
        if (moves && firstMoveNs == 0) {
            firstMoveNs = nowNs;
        }
    }

    void repeated() {
        repeats++;
    }

    void finish(long newPositionUs, boolean wasInterrupted, long nowNs) {
        positionUs = newPositionUs;
        interrupted = wasInterrupted;
        finishedNs = nowNs;
    }

    /** Ordinal of the segment in its session, from 1. */
    public long segment() {
        return segment;
    }

    /** Its first sample came in. */
    public long firstByteNs() {
        return firstByteNs;
    }

    /** The model had heard enough for its first frame. */
    public long featuresNs() {
        return featuresNs;
    }

    /** The first picture that was shown had been rendered. */
    public long renderedNs() {
        return renderedNs;
    }

    /** It had been laid into its frame. */
    public long compositedNs() {
        return compositedNs;
    }

    /** Its first sound was handed out. */
    public long firstSoundNs() {
        return firstSoundNs;
    }

    /** Its first picture was handed out. */
    public long firstPictureNs() {
        return firstPictureNs;
    }

    /** The first picture was handed out in which the mouth is not at rest. */
    public long firstMoveNs() {
        return firstMoveNs;
    }

    /** It was over. */
    public long finishedNs() {
        return finishedNs;
    }

    /** How much of it was played. */
    public long positionUs() {
        return positionUs;
    }

    public boolean isInterrupted() {
        return interrupted;
    }

    /** Pictures of it that were shown. */
    public int pictures() {
        return pictures;
    }

    /** Frame times of it in which the picture before had to stay. */
    public int repeats() {
        return repeats;
    }
}
