package dev.mouthpiece.worker.media.audio;

/**
 * One utterance of a session: a range of the session's two logs. Slots of a ring, reused.
 *
 * <p>The device thread writes; the pacer reads what it finds published: {@link #isEnded} and {@link #earsEnd} through
 * the acquire of {@link AudioTimeline#segmentsOpened}, and as they grow through volatile reads.
 */
public final class Segment {
    private long id;
    private long epoch;
    private int rateHz = 1;
    private int channels = 1;
    private long earsStart;
    private long monoStart;
    private volatile long earsEnd;
    private volatile boolean ended;
    private long monoEnd;
    private long firstSampleNs;
    private long featuresNs;

    void open(long id, long epoch, int rateHz, int channels, long earsStart, long monoStart) {
        this.id = id;
        this.epoch = epoch;
        this.rateHz = rateHz;
        this.channels = channels;
        this.earsStart = earsStart;
        this.monoStart = monoStart;
        this.monoEnd = monoStart;
        this.ended = false;
        this.firstSampleNs = 0;
        this.featuresNs = 0;
        this.earsEnd = earsStart;
    }

    void grow(long newEarsEnd, long newMonoEnd) {
        monoEnd = newMonoEnd;
        earsEnd = newEarsEnd;
    }

    void end(long newMonoEnd) {
        monoEnd = newMonoEnd;
        ended = true;
    }

    /** Its first sample came in then. Device thread, before the sample is published. */
    void arrived(long ns) {
        firstSampleNs = ns;
    }

    /** The features of its first frame were there then. Device thread, before any picture of it is published. */
    public void encoded(long ns) {
        featuresNs = ns;
    }

    /** When its first sample came in; 0 before that. */
    public long firstSampleNs() {
        return firstSampleNs;
    }

    /** When the features of its first frame were there; seen by who has seen a picture of it. */
    public long featuresNs() {
        return featuresNs;
    }

    /** Ordinal in the session, from 1. */
    public long id() {
        return id;
    }

    public long epoch() {
        return epoch;
    }

    public int rateHz() {
        return rateHz;
    }

    public int channels() {
        return channels;
    }

    /** Position of its first byte in the ears' log. */
    public long earsStart() {
        return earsStart;
    }

    /** Position after the last byte that has arrived. */
    public long earsEnd() {
        return earsEnd;
    }

    /** Position of its first sample in the model's log. Device thread. */
    public long monoStart() {
        return monoStart;
    }

    /** Position after the last sample of the model's log. Device thread. */
    public long monoEnd() {
        return monoEnd;
    }

    /** Whether nothing more will come. */
    public boolean isEnded() {
        return ended;
    }

    /** Samples per channel that have arrived. */
    public long earsSamples() {
        return (earsEnd - earsStart) / ((long) PcmFormat.BYTES_PER_SAMPLE * channels);
    }

    /** Video frames that the audio so far touches; final once ended. */
    public long frames(int fps) {
        return (earsSamples() * fps + rateHz - 1) / rateHz;
    }

    /** Position in the ears' log of sample {@code sample} of every channel. */
    public long earsPosition(long sample) {
        return earsStart + sample * channels * PcmFormat.BYTES_PER_SAMPLE;
    }
}
