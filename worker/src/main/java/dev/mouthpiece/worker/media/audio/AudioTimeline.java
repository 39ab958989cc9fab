package dev.mouthpiece.worker.media.audio;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.jspecify.annotations.Nullable;

/**
 * A session's speech on one sample clock: the original for the ears, a mono copy at the model's rate for the lips.
 *
 * <p>The device thread drains the ring into it and reads the mono copy; the pacer reads the original. Sample <i>i</i> of
 * either lies at i/rate seconds of its segment, whatever the rate and the channels were. Bounded by {@code storeSeconds}
 * of 48 kHz stereo; what comes beyond stays in the ring, and there overflows.
 */
public final class AudioTimeline implements MessageHandler {
    /** Segments kept at once; more than that wait in the ring. */
    public static final int MAX_SEGMENTS = 256;

    private static final int MESSAGES_PER_DRAIN = 64;

    /** What is taken in at once of speech that somebody waits for: a second or two, some milliseconds of resampling. */
    private static final int URGENT_BYTES = 1 << 16;

    /** The same where seconds of it are waiting already: others need the thread more. */
    private static final int AHEAD_BYTES = 1 << 13;

    /** More than a resampler holds back until the segment ends. */
    private static final int MONO_SLACK = 512;

    private static final float SCALE = 1f / 32768f;

    private final AudioRing ring;
    private final ByteLog ears;
    private final FloatLog mono;
    private final int modelRateHz;
    private final Segment[] segments = new Segment[MAX_SEGMENTS];
    private final AtomicLong segmentsOpened = new AtomicLong();
    private final AtomicLong segmentsReleased = new AtomicLong();
    private final float[] scratch = new float[1024];

    // Device thread.
    private @Nullable Resampler resampler;
    private int resamplerRateHz;
    private @Nullable Segment open;

    /**
     * @param modelRateHz rate of the mono copy
     * @param storeSeconds bound of the store
     */
    public AudioTimeline(AudioRing ring, int modelRateHz, int storeSeconds) {
        this.ring = ring;
        this.modelRateHz = modelRateHz;
        this.ears = new ByteLog(48_000L * 2 * PcmFormat.BYTES_PER_SAMPLE * storeSeconds);
        this.mono = new FloatLog((long) modelRateHz * storeSeconds);
        for (int i = 0; i < MAX_SEGMENTS; i++) {
            segments[i] = new Segment();
        }
    }

    /** Number of segments opened so far, which is the last one's id. Any thread. */
    public long segmentsOpened() {
        return segmentsOpened.getAcquire();
    }

    /** The segment of an id in (released, opened]. Any thread. */
    public Segment segment(long id) {
        return segments[(int) (id % MAX_SEGMENTS)];
    }

    /** The ears' log. The pacer reads it. */
    public ByteLog ears() {
        return ears;
    }

    /** The segments up to {@code id} are played or dropped: their slots and sound may be reused. Pacer's thread. */
    public void releaseSegments(long id) {
        segmentsReleased.setRelease(id);
    }

    /**
     * Takes what has arrived, as far as there is room, a bounded part of it at a time. Device thread.
     *
     * @param isUrgent whether little of it is waiting
     * @return the number of messages
     */
    public int drain(boolean isUrgent) {
        int work = 0;
        final long until = ears.appended() + (isUrgent ? URGENT_BYTES : AHEAD_BYTES);
        for (int i = 0; i < MESSAGES_PER_DRAIN && ears.appended() < until && hasRoom(); i++) {
            if (ring.read(this, 1) == 0) {
                break;
            }
            work++;
        }
        return work;
    }

    /**
     * Copies a window of the model's samples. Device thread.
     *
     * @param from sample of the segment where the window starts; may be negative
     * @param target receives {@code length} samples; zeros outside the segment
     */
    public void readMono(Segment segment, long from, float[] target, int offset, int length) {
        mono.read(segment.monoStart() + from, segment.monoStart(), segment.monoEnd(), target, offset, length);
    }

    /** The model needs nothing of this segment before {@code sample} any more. Device thread. */
    public void releaseMono(Segment segment, long sample) {
        mono.release(Math.min(segment.monoEnd(), segment.monoStart() + Math.max(0, sample)));
    }

    /** Samples of the model's log that lie after {@code sample} of the segment, those of later segments too. Device thread. */
    public long monoAfter(Segment segment, long sample) {
        return mono.appended() - (segment.monoStart() + sample);
    }

    /** Segments of an older epoch than {@code epoch} are void: their mono samples are given up. Device thread. */
    public void dropStale(long epoch) {
        final long opened = segmentsOpened.getPlain();
        long keepFrom = mono.appended();
        for (long id = opened; id > segmentsReleased.getAcquire(); id--) {
            if (segment(id).epoch() < epoch) {
                break;
            }
            keepFrom = segment(id).monoStart();
        }
        mono.release(keepFrom);
    }

    /** Ends the open segment, if any, because its source is gone. Device thread. */
    public void endOpenSegment() {
        if (open != null) {
            finish(open);
        }
    }

    @Override
    public void onMessage(int type, MutableDirectBuffer buffer, int index, int length) {
        switch (type) {
            case AudioRing.START ->
                onStart(
                        buffer.getLong(index),
                        buffer.getInt(index + Long.BYTES),
                        buffer.getInt(index + Long.BYTES + Integer.BYTES));
            case AudioRing.PCM -> onPcm(buffer, index, length);
            case AudioRing.END -> endOpenSegment();
            default -> throw new IllegalStateException("unknown message: type=" + type);
        }
    }

    /** Whether the longest message there is can be taken: a piece of the open segment, or what ends it. */
    private boolean hasRoom() {
        final Segment segment = open;
        final long monoNeeded = segment == null
                ? 0
                : (long) AudioRing.PIECE_BYTES
                        / ((long) PcmFormat.BYTES_PER_SAMPLE * segment.channels())
                        * modelRateHz
                        / segment.rateHz();
        return segmentsOpened.getPlain() - segmentsReleased.getAcquire() < MAX_SEGMENTS - 1
                && ears.roomBytes() >= AudioRing.PIECE_BYTES
                && mono.roomSamples() >= monoNeeded + MONO_SLACK;
    }

    private void onStart(long epoch, int rateHz, int channels) {
        endOpenSegment();
        final long id = segmentsOpened.getPlain() + 1;
        final Segment segment = segment(id);
        segment.open(id, epoch, rateHz, channels, ears.appended(), mono.appended());
        if (resampler == null || resamplerRateHz != rateHz) {
            resampler = new Resampler(rateHz, modelRateHz);
            resamplerRateHz = rateHz;
        }
        resampler.reset();
        open = segment;
        segmentsOpened.setRelease(id);
    }

    private void onPcm(MutableDirectBuffer buffer, int index, int length) {
        final Segment segment = open;
        if (segment == null || resampler == null || segment.epoch() < ring.epoch()) {
            return;
        }
        if (segment.firstSampleNs() == 0) {
            segment.arrived(ring.firstSampleNs(segment.id()));
        }
        ears.append(buffer, index, length);
        final int channels = segment.channels();
        final int frameBytes = channels * PcmFormat.BYTES_PER_SAMPLE;
        final float scale = SCALE / channels;
        int sinceTake = 0;
        for (int at = index; at < index + length; at += frameBytes) {
            int sum = 0;
            for (int c = 0; c < channels; c++) {
                sum += buffer.getShort(at + c * PcmFormat.BYTES_PER_SAMPLE, java.nio.ByteOrder.LITTLE_ENDIAN);
            }
            resampler.put(sum * scale);
            if (++sinceTake == resampler.roomSamples()) {
                moveMono(resampler);
                sinceTake = 0;
            }
        }
        moveMono(resampler);
        segment.grow(ears.appended(), mono.appended());
    }

    private void finish(Segment segment) {
        if (resampler != null) {
            resampler.finish();
            moveMono(resampler);
        }
        segment.end(mono.appended());
        open = null;
    }

    private void moveMono(Resampler from) {
        int n;
        do {
            n = from.take(scratch, 0, scratch.length);
            mono.append(scratch, n);
        } while (n > 0);
    }
}
