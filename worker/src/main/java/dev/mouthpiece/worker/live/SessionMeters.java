package dev.mouthpiece.worker.live;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What a session measures of itself beside the media path's counters. Each value has one writer and is read by anybody: the
 * pacer writes those of time, the session's transport those of its connection.
 */
public final class SessionMeters {
    /** Frames, ten seconds of them, over which the clock's least lateness is taken. */
    private static final int WINDOW_FRAMES = 250;

    private final AtomicLong avOffsetNs = new AtomicLong();
    private final AtomicLong avOffsetMaxNs = new AtomicLong();
    private final AtomicLong driftNs = new AtomicLong();
    private final AtomicLong reconnects = new AtomicLong();
    private final AtomicLong framesEncoded = new AtomicLong();
    private final AtomicLong encoderNs = new AtomicLong();

    // Pacer's thread.
    private long firstSoundNs;
    private long soundTicks;
    private long lastSoundNs;
    private int frames;
    private long leastLateNs = Long.MAX_VALUE;
    private long baseLateNs = Long.MAX_VALUE;

    /** 10 ms of sound have been handed out. Pacer's thread. */
    void onSound(long nowNs) {
        if (soundTicks == 0) {
            firstSoundNs = nowNs;
        }
        soundTicks++;
        lastSoundNs = nowNs;
    }

    /** The picture that belongs to the sound handed out last has been too. Pacer's thread. */
    void onPicture(long nowNs) {
        final long offsetNs = nowNs - lastSoundNs;
        avOffsetNs.setRelease(offsetNs);
        avOffsetMaxNs.setRelease(Math.max(offsetNs, avOffsetMaxNs.getPlain()));
        leastLateNs = Math.min(leastLateNs, lastSoundNs - firstSoundNs - (soundTicks - 1) * 10_000_000L);
        if (++frames % WINDOW_FRAMES == 0) {
            baseLateNs = baseLateNs == Long.MAX_VALUE ? leastLateNs : baseLateNs;
            driftNs.setRelease(leastLateNs - baseLateNs);
            leastLateNs = Long.MAX_VALUE;
        }
    }

    /** How much later than its sound the last picture was handed out, both of which are stamped at that moment. */
    public long avOffsetNs() {
        return avOffsetNs.getAcquire();
    }

    /** The most that {@link #avOffsetNs} ever was. */
    public long avOffsetMaxNs() {
        return avOffsetMaxNs.getAcquire();
    }

    /**
     * How far the samples handed out have fallen behind the clock since the first ten seconds, at their best moments of the
     * last ten: 0 unless the pacer had to leave time out.
     */
    public long driftNs() {
        return driftNs.getAcquire();
    }

    /** The transport has come back after it was cut. Transport's thread. */
    public void onReconnected() {
        reconnects.setRelease(reconnects.getPlain() + 1);
    }

    public long reconnects() {
        return reconnects.getAcquire();
    }

    /** What the transport's video encoder has done so far. Transport's thread. */
    public void encoder(long frames, long ns) {
        framesEncoded.setRelease(frames);
        encoderNs.setRelease(ns);
    }

    public long framesEncoded() {
        return framesEncoded.getAcquire();
    }

    /** Time that the encoder took for them. */
    public long encoderNs() {
        return encoderNs.getAcquire();
    }
}
