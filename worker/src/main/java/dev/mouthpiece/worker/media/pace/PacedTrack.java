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
 * <p>Sound decides. A segment starts at a frame boundary, when its first picture is there (or has been waited for long
 * enough), and from then on frame <i>i</i>'s sound is played in frame time <i>i</i>; the picture that belongs to it is
 * shown if it is there, else the one before stays and the late one is skipped when it comes. Where speech that is not
 * ended has not arrived, both wait. An interruption fades the sound out within one tick.
 *
 * <p>Owned by the pacer's thread; allocates only when made.
 */
public final class PacedTrack {
    /** Ticks a second. */
    public static final int TICKS_PER_SECOND = 100;

    private static final long TICK_NS = 1_000_000_000L / TICKS_PER_SECOND;

    private final AudioRing audioRing;
    private final AudioTimeline timeline;
    private final FrameRing frames;
    private final PlayPosition position;
    private final MediaCounters counters;
    private final MediaSink sink;
    private final PaceLimits limits;
    private final int fps;
    private final int ticksPerFrame;
    private final long startNs;
    private final ByteBuffer pcm = ByteBuffer.allocateDirect(
                    384_000 / TICKS_PER_SECOND * 8 * PcmFormat.BYTES_PER_SAMPLE + 16)
            .order(ByteOrder.LITTLE_ENDIAN);

    private long tick;
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
        this.startNs = startNs;
        if (ticksPerFrame * fps != TICKS_PER_SECOND) {
            throw new IllegalArgumentException("frame time must be whole ticks of 10 ms: fps=" + fps);
        }
        this.screen = frames.newSpare();
        position.at(startNs, 0, 0);
    }

    /** When the next tick is due. */
    public long nextTickNs() {
        return startNs + tick * TICK_NS;
    }

    /** Whether the next tick finds its picture there, or needs none: a film's clock waits for this. */
    public boolean isReady() {
        final Segment segment = playing;
        return tick % ticksPerFrame != 0
                || frames.available() > 0
                || position.failure() != null
                || (segment != null && segment.isEnded() && frame >= segment.frames(fps));
    }

    /** Does all ticks that are due. Returns their number. */
    public int doWork(long nowNs) {
        int work = 0;
        while (!finished && nextTickNs() - nowNs <= 0) {
            tick();
            work++;
        }
        return work;
    }

    private void tick() {
        final Throwable failure = position.failure();
        if (failure != null) {
            fail(failure);
            return;
        }
        try {
            final boolean boundary = tick % ticksPerFrame == 0;
            if (audioRing.epoch() != epoch) {
                interrupt();
            } else {
                if (boundary) {
                    beginFrame();
                }
                sound();
            }
            if (boundary) {
                picture();
                final long next = playing == null ? 0 : frame;
                position.at(nextTickNs() + ticksPerFrame * TICK_NS, playing == null ? 0 : playingId, next);
            }
            tick++;
        } catch (final RuntimeException e) {
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
        holding = false;
        Segment segment = playing;
        if (segment != null && segment.isEnded() && frame >= segment.frames(fps)) {
            finish(segment, false);
            segment = null;
        }
        if (segment == null) {
            segment = tryStart();
        }
        if (segment == null) {
            return;
        }
        final boolean arrived = segment.isEnded() || segment.earsSamples() >= sampleAt(segment, frame + 1);
        if (arrived) {
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
            final boolean enough = next.isEnded() || next.earsSamples() >= sampleAt(next, 1);
            if (!enough || (!hasPicture(next.id()) && ++waited <= limits.startWaitFrames())) {
                return null;
            }
            waited = 0;
            playing = next;
            playingId = next.id();
            frame = 0;
            sink.onPlaybackStarted(playingId);
            return next;
        }
        return null;
    }

    private boolean hasPicture(long segmentId) {
        for (int i = 0; i < frames.available(); i++) {
            if (frames.peek(i).segmentId() == segmentId && frames.peek(i).epoch() == epoch) {
                return true;
            }
        }
        return false;
    }

    /** Plays this tick's part of the frame begun last. */
    private void sound() {
        final Segment segment = playing;
        if (segment == null || holding) {
            sink.onSilence();
            return;
        }
        final long ticksIn = (frame - 1) * ticksPerFrame + tick % ticksPerFrame;
        play(segment, ticksIn, false);
    }

    private void play(Segment segment, long ticksIn, boolean fadeOut) {
        final long from = ticksIn * segment.rateHz() / TICKS_PER_SECOND;
        final long to = (ticksIn + 1) * segment.rateHz() / TICKS_PER_SECOND;
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
        if (fadeOut) {
            fade((int) (to - from), segment.channels());
        }
        timeline.ears().release(segment.earsPosition(Math.max(from, end)));
        sink.onAudio(segment, pcm);
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
            final long ticksIn = (frame - 1) * ticksPerFrame + tick % ticksPerFrame;
            final boolean boundary = tick % ticksPerFrame == 0;
            play(segment, boundary ? ticksIn + ticksPerFrame : ticksIn, true);
        } else {
            sink.onSilence();
        }
        if (segment != null) {
            counters.add(MediaCounter.INTERRUPTIONS, 1);
            finish(segment, true);
        }
        holding = false;
        waited = 0;
    }

    private void finish(Segment segment, boolean interrupted) {
        final long played = interrupted ? playedSamples(segment) : segment.earsSamples();
        playing = null;
        sink.onPlaybackFinished(segment.id(), played * 1_000_000L / segment.rateHz(), interrupted);
        release(segment);
    }

    private long playedSamples(Segment segment) {
        final int inFrame = (int) (tick % ticksPerFrame);
        final long ticksIn = holding || inFrame == 0 ? frame * ticksPerFrame : (frame - 1) * ticksPerFrame + inFrame;
        return Math.min(segment.earsSamples(), Math.max(0, ticksIn) * segment.rateHz() / TICKS_PER_SECOND);
    }

    private void release(Segment segment) {
        lastFinished = segment.id();
        timeline.ears().release(segment.earsEnd());
        timeline.releaseSegments(lastFinished);
        position.finished(lastFinished);
    }

    /** Shows the picture that belongs to this frame time. */
    private void picture() {
        final boolean speaking = playing != null && !holding;
        while (frames.available() > 0 && isPast(frames.peek(0), speaking)) {
            frames.drop();
        }
        final boolean there = frames.available() > 0
                && (speaking ? belongs(frames.peek(0)) : frames.peek(0).isIdle());
        if (there) {
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
