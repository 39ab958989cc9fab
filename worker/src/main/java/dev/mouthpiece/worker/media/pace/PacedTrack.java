package dev.mouthpiece.worker.media.pace;

import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameRing;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import dev.mouthpiece.worker.media.frame.MediaCounters;
import dev.mouthpiece.worker.media.frame.PlayPosition;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The media clock of one session: every 10 ms a piece of sound or silence, every frame time a picture.
 *
 * <p>Sound decides. A segment starts when its first picture is there (or has been waited for long enough): with a frame time of
 * its own, which in rooms cuts the one of the face at rest short at its next tick, for who listens waits; and from then on frame <i>i</i>'s sound is played in frame time <i>i</i>; the picture that belongs to it is
 * shown if it is there, else the one before stays and the late one is skipped when it comes. Where speech that is not
 * ended has not arrived, both wait, and go on together as they started. An interruption fades the sound out within one tick.
 *
 * <p>Where the thread itself was late, the ticks that it missed are made up for, so that sound loses nothing; of the pictures
 * only the one that belongs to now is shown. A delay beyond {@link PaceLimits#catchUpNs} is left out of the clock instead.
 *
 * <p>Owned by the pacer's thread; allocates only when made.
 */
public final class PacedTrack {
    /** Ticks a second. */
    public static final int TICKS_PER_SECOND = 100;

    private static final long TICK_NS = 1_000_000_000L / TICKS_PER_SECOND;

    private static final int MAX_SLOW_TURNS = 3;
    private static final long SLOW_TURNS_WITHIN_NS = 10_000_000_000L;

    /** Of a tick, so much of what follows it is handed out with it: 4 ms. */
    private static final double FOLLOWING = 0.4;

    private static final int MAX_TICK_BYTES = 384_000 / TICKS_PER_SECOND * 8 * PcmFormat.BYTES_PER_SAMPLE;

    private final AudioRing audioRing;
    private final AudioTimeline timeline;
    private final FrameRing frames;
    private final PlayPosition position;
    private final MediaCounters counters;
    private final MediaSink sink;
    private final PaceLimits limits;
    private final int fps;
    private final int ticksPerFrame;
    private final long frameNs;
    private final ByteBuffer pcm =
            ByteBuffer.allocateDirect(MAX_TICK_BYTES + 16).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer following =
            ByteBuffer.allocateDirect((int) (MAX_TICK_BYTES * FOLLOWING) + 16).order(ByteOrder.LITTLE_ENDIAN);

    private long startNs;
    private long tick;
    /** Ticks of the present frame time that are done. */
    private int ticksIn;

    private long epoch;
    private long lastFinished;
    private @Nullable Segment playing;
    private long playingId;
    private long frame;
    private boolean holding;
    private int waited;
    private FrameSlot screen;
    private boolean shown;
    private boolean finished;
    private int slowTurns;
    private long firstSlowTurnNs;

    /** @param startNs when the first picture is due */
    public PacedTrack(
            AudioRing audioRing,
            AudioTimeline timeline,
            FrameRing frames,
            PlayPosition position,
            MediaCounters counters,
            MediaSink sink,
            PaceLimits limits,
            int fps,
            long startNs) {
        this.audioRing = audioRing;
        this.timeline = timeline;
        this.frames = frames;
        this.position = position;
        this.counters = counters;
        this.sink = sink;
        this.limits = limits;
        this.fps = fps;
        this.ticksPerFrame = TICKS_PER_SECOND / fps;
        this.frameNs = ticksPerFrame * TICK_NS;
        this.startNs = startNs;
        if (limits.soundAheadTicks() < 0 || limits.soundAheadTicks() >= ticksPerFrame) {
            throw new IllegalArgumentException(
                    "sound goes ahead by less than a frame time: ticks=" + limits.soundAheadTicks());
        }
        if (ticksPerFrame * fps != TICKS_PER_SECOND) {
            throw new IllegalArgumentException("frame time must be whole ticks of 10 ms: fps=" + fps);
        }
        this.screen = frames.newSpare();
        position.at(startNs + limits.soundAheadTicks() * TICK_NS, 0, 0);
    }

    /** When the next tick is due. */
    public long nextTickNs() {
        return startNs + tick * TICK_NS;
    }

    /** Whether it has failed, and ticks no more. */
    public boolean isFinished() {
        return finished;
    }

    /** Whether the next tick finds its picture there, or needs none: a film's clock waits for this. */
    public boolean isReady() {
        final Segment segment = playing;
        return ticksIn != 0
                || frames.available() > 0
                || position.failure() != null
                || (segment != null && segment.isEnded() && frame >= segment.frames(fps));
    }

    /** Does all ticks that are due. Returns their number. */
    public int doWork(long nowNs) {
        if (nowNs - nextTickNs() > limits.catchUpNs()) {
            leaveOut(nowNs - nextTickNs());
        }
        int work = 0;
        while (!finished && nextTickNs() - nowNs <= 0) {
            tick(nowNs);
            work++;
        }
        return work;
    }

    /** Moves the clock on by whole frame times, so that its frames stay in their place among the other sessions'. */
    private void leaveOut(long lateNs) {
        final long frameTimes = lateNs / frameNs;
        startNs += frameTimes * frameNs;
        counters.add(MediaCounter.FRAME_TIMES_LEFT_OUT, frameTimes);
    }

    /** A turn of this session has taken so long. */
    void onTurn(long nowNs, long tookNs) {
        if (tookNs <= limits.slowTurnNs() || finished) {
            return;
        }
        if (slowTurns == 0 || nowNs - firstSlowTurnNs > SLOW_TURNS_WITHIN_NS) {
            slowTurns = 0;
            firstSlowTurnNs = nowNs;
        }
        if (++slowTurns == MAX_SLOW_TURNS) {
            position.fail(new SlowSinkException(tookNs));
        }
    }

    private void tick(long nowNs) {
        final Throwable failure = position.failure();
        if (failure != null) {
            fail(failure);
            return;
        }
        try {
            if (audioRing.epoch() != epoch) {
                interrupt();
            } else {
                if (ticksIn != 0 && limits.startsAtAnyTick() && playing == null && isFirstPictureThere()) {
                    ticksIn = 0;
                }
                if (ticksIn == 0) {
                    beginFrame();
                }
                sound();
            }
            if (ticksIn == limits.soundAheadTicks()) {
                picture(nowNs);
                final long next = playing == null ? 0 : frame;
                position.at(nextTickNs() + frameNs, playing == null ? 0 : playingId, next);
            }
            tick++;
            ticksIn = (ticksIn + 1) % ticksPerFrame;
        } catch (final Throwable e) {
            // Errors too: a transport's library may throw them, and the other sessions' clocks must go on.
            position.fail(e);
            fail(e);
        }
    }

    private void fail(Throwable cause) {
        finished = true;
        sink.onFailed(cause);
    }

    /** Decides what is heard during this frame time, and moves on to it. */
    private void beginFrame() {
        Segment segment = playing;
        if (segment != null && segment.isEnded() && frame >= segment.frames(fps)) {
            finish(segment, false);
            segment = null;
        }
        if (segment == null) {
            holding = false;
            segment = tryStart();
            if (segment == null) {
                return;
            }
        }
        final boolean arrived = segment.isEnded() || segment.earsSamples() >= sampleAt(segment, frame + 1);
        if (arrived && (!holding || maySound(segment))) {
            holding = false;
            frame++;
        } else {
            holding = true;
            counters.add(MediaCounter.SPEECH_STARVED, 1);
        }
    }

    private @Nullable Segment tryStart() {
        while (lastFinished < timeline.segmentsOpened()) {
            final Segment next = timeline.segment(lastFinished + 1);
            if (next.epoch() < epoch || (next.isEnded() && next.earsSamples() == 0)) {
                if (next.epoch() >= epoch) {
                    sink.onPlaybackStarted(next.id());
                    sink.onPlaybackFinished(next.id(), 0, false);
                }
                release(next);
                continue;
            }
            frame = 0;
            final boolean enough = next.isEnded() || next.earsSamples() >= sampleAt(next, 1);
            if (!enough || !maySound(next)) {
                return null;
            }
            playing = next;
            playingId = next.id();
            sink.onPlaybackStarted(playingId);
            return next;
        }
        return null;
    }

    /** Whether the next segment could start at once. */
    private boolean isFirstPictureThere() {
        if (lastFinished == timeline.segmentsOpened()) {
            return false;
        }
        final Segment next = timeline.segment(lastFinished + 1);
        if (next.epoch() < epoch
                || (next.isEnded() ? next.earsSamples() == 0 : next.earsSamples() < sampleAt(next, 1))) {
            return false;
        }
        frame = 0;
        return hasPicture(next);
    }

    /** Whether sound may begin, or go on after it had to stop: with its picture, or without when that takes too long. */
    private boolean maySound(Segment segment) {
        if (!hasPicture(segment) && ++waited <= limits.startWaitFrames()) {
            return false;
        }
        waited = 0;
        return true;
    }

    /** Whether the next picture will be there when it is due, and those that follow will be in time too. */
    private boolean hasPicture(Segment segment) {
        final long dueNs = nextTickNs() + limits.soundAheadTicks() * TICK_NS;
        final int there = frames.available();
        final int looked = limits.soundAheadTicks() == 0 ? there : frames.underWay();
        int found = 0;
        for (int i = 0; i < looked && found < 2; i++) {
            final FrameSlot slot = frames.peek(i);
            if (slot.segmentId() == segment.id() && slot.epoch() == epoch && slot.frameIndex() >= frame) {
                final long readyNs = i < there ? slot.readyNs() : slot.expectedNs();
                if (i >= there && (readyNs == Long.MAX_VALUE || readyNs - dueNs > 0)) {
                    return false;
                }
                found++;
                if (segment.isEnded() || dueNs - readyNs >= limits.reserveNs()) {
                    return true;
                }
            }
        }
        return found == 2;
    }

    /** Plays this tick's part of the frame begun last. */
    private void sound() {
        final Segment segment = playing;
        if (segment == null || holding) {
            sink.onSilence();
            return;
        }
        play(segment, (frame - 1) * ticksPerFrame + ticksIn, false);
    }

    private void play(Segment segment, long atTick, boolean fadeOut) {
        final long from = atTick * segment.rateHz() / TICKS_PER_SECOND;
        final long to = (atTick + 1) * segment.rateHz() / TICKS_PER_SECOND;
        final long end = Math.min(to, segment.earsSamples());
        final int frameBytes = segment.channels() * PcmFormat.BYTES_PER_SAMPLE;
        pcm.clear();
        if (end > from) {
            timeline.ears().read(segment.earsPosition(from), pcm, (int) (end - from) * frameBytes);
        }
        final int length = (int) (to - from) * frameBytes;
        while (pcm.position() < length) {
            pcm.put((byte) 0);
        }
        pcm.flip();
        following.clear().limit(0);
        if (fadeOut) {
            fade((int) (to - from), segment.channels());
        } else if (end == to) {
            readFollowing(segment, to);
        }
        // Never beyond its end: the next segment lies there.
        timeline.ears().release(segment.earsPosition(end));
        sink.onAudio(segment, pcm, following);
    }

    private void readFollowing(Segment segment, long from) {
        final long most = (long) (segment.rateHz() * FOLLOWING / TICKS_PER_SECOND);
        final int samples = (int) Math.min(most, segment.earsSamples() - from);
        following.clear();
        timeline.ears()
                .read(segment.earsPosition(from), following, samples * segment.channels() * PcmFormat.BYTES_PER_SAMPLE);
        following.flip();
    }

    private void fade(int samples, int channels) {
        for (int i = 0; i < samples; i++) {
            final float gain = 1f - (float) (i + 1) / samples;
            for (int c = 0; c < channels; c++) {
                final int at = (i * channels + c) * PcmFormat.BYTES_PER_SAMPLE;
                pcm.putShort(at, (short) (pcm.getShort(at) * gain));
            }
        }
    }

    /** The epoch has risen: what plays fades out in this tick, what waits is dropped. */
    private void interrupt() {
        epoch = audioRing.epoch();
        final Segment segment = playing;
        if (segment != null && !holding && frame > 0) {
            play(segment, (ticksIn == 0 ? frame : frame - 1) * ticksPerFrame + ticksIn, true);
        } else {
            sink.onSilence();
        }
        if (segment != null) {
            counters.add(MediaCounter.INTERRUPTIONS, 1);
            finish(segment, true);
        }
        holding = false;
        waited = 0;
        // At once, so that there is room for pictures of the face at rest.
        while (frames.available() > 0 && isPast(frames.peek(0), false)) {
            frames.drop();
        }
    }

    private void finish(Segment segment, boolean interrupted) {
        final long played = interrupted ? playedSamples(segment) : segment.earsSamples();
        playing = null;
        sink.onPlaybackFinished(segment.id(), played * 1_000_000L / segment.rateHz(), interrupted);
        release(segment);
    }

    private long playedSamples(Segment segment) {
        final long ticks = holding || ticksIn == 0 ? frame * ticksPerFrame : (frame - 1) * ticksPerFrame + ticksIn;
        return Math.min(segment.earsSamples(), Math.max(0, ticks) * segment.rateHz() / TICKS_PER_SECOND);
    }

    private void release(Segment segment) {
        lastFinished = segment.id();
        timeline.ears().release(segment.earsEnd());
        timeline.releaseSegments(lastFinished);
        position.finished(lastFinished);
    }

    /** Shows the picture that belongs to this frame time, unless the next one is due already. */
    private void picture(long nowNs) {
        final boolean speaking = playing != null && !holding;
        while (frames.available() > 0 && isPast(frames.peek(0), speaking)) {
            frames.drop();
        }
        final boolean there = frames.available() > 0
                && (speaking ? belongs(frames.peek(0)) : frames.peek(0).isIdle());
        final boolean over = nextTickNs() + frameNs - nowNs <= 0;
        if (over) {
            counters.add(MediaCounter.FRAMES_LATE, 1);
            if (there) {
                frames.drop();
            }
        } else if (there) {
            screen = frames.take(screen);
            shown = true;
            counters.add(MediaCounter.FRAMES_SHOWN, 1);
            sink.onVideo(screen, false);
        } else if (shown) {
            counters.add(MediaCounter.FRAMES_REPEATED, 1);
            sink.onVideo(screen, true);
        }
    }

    private boolean belongs(FrameSlot slot) {
        return slot.segmentId() == playingId && slot.frameIndex() == frame - 1;
    }

    /** Whether a picture is not to be shown any more; counts why. */
    private boolean isPast(FrameSlot slot, boolean speaking) {
        if (slot.epoch() < epoch) {
            counters.add(MediaCounter.FRAMES_STALE, 1);
            return true;
        }
        if (!speaking) {
            return false;
        }
        if (slot.isIdle()) {
            return true;
        }
        final boolean late =
                slot.segmentId() < playingId || (slot.segmentId() == playingId && slot.frameIndex() < frame - 1);
        if (late) {
            counters.add(MediaCounter.FRAMES_LATE, 1);
        }
        return late;
    }

    private long sampleAt(Segment segment, long atFrame) {
        return atFrame * segment.rateHz() / fps;
    }
}
