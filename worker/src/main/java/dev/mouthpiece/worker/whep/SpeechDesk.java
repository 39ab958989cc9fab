package dev.mouthpiece.worker.whep;

import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one desk that a session's speakers share: one speaks at a time, from its first sound to its flush, and everybody may
 * interrupt.
 *
 * <p>It also knows what has become of each segment. The media path reports those that it played; segments that were still
 * queued when an interruption came are reported from here, by {@link #tick}, so that each segment gets exactly one
 * {@code playback_finished}.
 *
 * <p>Any thread; its lock is held for the copy of one message at most.
 */
final class SpeechDesk {
    /** What became of a piece of speech. */
    enum Offer {
        /** All of it is on its way. */
        TAKEN,
        /** There is no room now: offer the rest again. */
        FULL,
        /** Somebody else speaks. */
        BUSY,
        /** Its segment was interrupted: what comes until the speaker's next flush is dropped. */
        DROPPED
    }

    /** Hears what happens; called with the desk's lock held, so it only passes on. */
    interface Events {
        void onSegmentStarted(Speaker speaker, long segment);

        void onPlaybackStarted(long segment);

        void onPlaybackFinished(long segment, long positionUs, boolean interrupted);

        /** A speaker's segment was ended because nothing came any more. */
        void onSpeakerIdle(Speaker speaker);
    }

    /** After this the media path has reported the segment that an interruption met in play. */
    private static final long CLEAR_SETTLES_NS = 80_000_000L;

    /** One who may speak. */
    static final class Speaker {
        private final PcmFormat format;
        private boolean isDropping;

        private Speaker(PcmFormat format) {
            this.format = format;
        }
    }

    private record Clear(long upToSegment, long atNs) {}

    private final SpeechInput input;
    private final Events events;
    private final long idleNs;
    private final List<Clear> clears = new ArrayList<>();

    private @Nullable Speaker speaking;
    private boolean isEnding;
    private long lastHeardNs;
    /** Microseconds of speech in each segment that is not finished, the oldest first. */
    private final Deque<Long> lengthsUs = new ArrayDeque<>();

    private long begun;
    private long started;
    private long finished;
    private long playingPositionUs;

    /** @param idleNs a speaker that sends nothing for so long has ended */
    SpeechDesk(SpeechInput input, Events events, long idleNs) {
        this.input = input;
        this.events = events;
        this.idleNs = idleNs;
    }

    /** Somebody comes who may speak in this format. */
    Speaker join(PcmFormat format) {
        return new Speaker(format);
    }

    /**
     * Takes speech, whole samples of all channels; what was taken is behind the position. A first piece begins a segment.
     *
     * @return {@link Offer#FULL} with something remaining, else nothing of it is wanted again
     */
    synchronized Offer speak(Speaker speaker, ByteBuffer pcm, long nowNs) {
        if (speaker.isDropping) {
            return Offer.DROPPED;
        }
        if (isEnding && !finishEnding()) {
            return Offer.FULL;
        }
        if (speaking != null && speaking != speaker) {
            return Offer.BUSY;
        }
        if (speaking == null && !begin(speaker)) {
            return Offer.FULL;
        }
        lastHeardNs = nowNs;
        final int frames = input.write(pcm) / speaker.format.frameBytes();
        lengthsUs.addLast(lengthsUs.removeLast() + 1_000_000L * frames / speaker.format.sampleRateHz());
        return pcm.hasRemaining() ? Offer.FULL : Offer.TAKEN;
    }

    /** The speaker's segment is complete; without one, nothing happens. */
    synchronized void flush(Speaker speaker) {
        speaker.isDropping = false;
        if (speaking == speaker) {
            end();
        }
    }

    /** What is said, by whomever, stops. */
    synchronized void interrupt(Speaker by, long nowNs) {
        if (speaking != null && speaking != by) {
            speaking.isDropping = true;
        }
        by.isDropping = false;
        speaking = null;
        isEnding = false;
        input.clear();
        if (begun > finished) {
            clears.add(new Clear(begun, nowNs));
        }
    }

    /** Somebody goes; what it was saying is said to the end of what came. */
    synchronized void leave(Speaker speaker) {
        if (speaking == speaker) {
            end();
        }
    }

    /** The media path plays a segment. */
    synchronized void playbackStarted(long segment) {
        if (segment > started) {
            started = segment;
            playingPositionUs = 0;
            events.onPlaybackStarted(segment);
        }
    }

    /** How far the segment in play has come. */
    synchronized void playedTo(long segment, long positionUs) {
        if (segment == started) {
            playingPositionUs = positionUs;
        }
    }

    /** Whether speech comes in or is still to be heard. */
    synchronized boolean isBusy() {
        return speaking != null || begun > finished;
    }

    /** Speech that is still to be heard, in microseconds. */
    synchronized long queuedUs() {
        long sum = 0;
        for (final long length : lengthsUs) {
            sum += length;
        }
        return Math.max(0, started > finished ? sum - playingPositionUs : sum);
    }

    /** The media path has played a segment, or as much of it as it was allowed to. */
    synchronized void playbackFinished(long segment, long positionUs, boolean interrupted) {
        if (segment > finished) {
            finishUnplayed(segment - 1);
            finished = segment;
            forget();
            events.onPlaybackFinished(segment, positionUs, interrupted);
        }
    }

    /** Sees to what takes time: to be called every few tens of milliseconds. */
    synchronized void tick(long nowNs) {
        if (isEnding) {
            finishEnding();
        }
        if (speaking != null && nowNs - lastHeardNs > idleNs) {
            final Speaker idle = speaking;
            end();
            events.onSpeakerIdle(idle);
        }
        while (!clears.isEmpty() && nowNs - clears.getFirst().atNs > CLEAR_SETTLES_NS) {
            final Clear clear = clears.removeFirst();
            // One that has started is reported by the media path.
            if (started <= finished) {
                finishUnplayed(clear.upToSegment);
            } else {
                clears.addFirst(new Clear(clear.upToSegment, nowNs));
                break;
            }
        }
    }

    private boolean begin(Speaker speaker) {
        if (!input.begin(speaker.format.sampleRateHz(), speaker.format.channels())) {
            return false;
        }
        speaking = speaker;
        begun++;
        lengthsUs.addLast(0L);
        events.onSegmentStarted(speaker, begun);
        return true;
    }

    private void end() {
        speaking = null;
        isEnding = true;
        finishEnding();
    }

    private boolean finishEnding() {
        isEnding = !input.end();
        return !isEnding;
    }

    private void forget() {
        lengthsUs.removeFirst();
        playingPositionUs = 0;
    }

    private void finishUnplayed(long upToSegment) {
        while (finished < upToSegment) {
            finished++;
            started = Math.max(started, finished);
            forget();
            events.onPlaybackFinished(finished, 0, true);
        }
    }
}
