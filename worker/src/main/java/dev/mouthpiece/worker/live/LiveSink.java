package dev.mouthpiece.worker.live;

import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.pace.MediaSink;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * One session's end of the media path: gives its output what it wants, tells its events, and writes down when what was
 * handed out. Pacer's thread; allocates at the ends of segments only.
 */
final class LiveSink implements MediaSink {
    /** A feature so far from rest, as a share of its range, moves the face visibly. */
    private static final float MOVES = 0.1f;

    private static final int TICK_MS = 10;

    private final LiveOutput output;
    private final LiveEvents events;
    private final Executor executor;
    private final Runnable failed;
    private final NanoClock clock;
    private final Sound48 sound = new Sound48();
    private final SessionMeters meters = new SessionMeters();
    private final UtteranceLog log = new UtteranceLog();
    private final float[] rest;
    private final float[] moves;

    private @Nullable Segment segment;
    private @Nullable Utterance utterance;
    private long firstPushNs;
    private boolean isPlaying;
    private int waitedTicks;

    /**
     * @param features of the session's model
     * @param failed run on the executor when the session has failed, before the event
     */
    LiveSink(
            LiveOutput output,
            LiveEvents events,
            Executor executor,
            List<Manifest.Parameter> features,
            NanoClock clock,
            Runnable failed) {
        this.output = output;
        this.events = events;
        this.executor = executor;
        this.clock = clock;
        this.failed = failed;
        rest = new float[features.size()];
        moves = new float[features.size()];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = features.get(i).rest();
            moves[i] = MOVES * (features.get(i).max() - features.get(i).min());
        }
    }

    SessionMeters meters() {
        return meters;
    }

    UtteranceLog log() {
        return log;
    }

    @Override
    public void onVideo(FrameSlot slot, boolean repeated) {
        if (!repeated && !slot.isIdle()) {
            output.pushShape(slot.segmentId(), slot.frameIndex(), slot.features());
        }
        output.pushVideo(slot.picture(), repeated);
        final long nowNs = clock.nanoTime();
        meters.onPicture(nowNs);
        final Segment spoken = segment;
        final Utterance place = utterance;
        if (place == null || spoken == null) {
            return;
        }
        if (repeated) {
            place.repeated();
        } else if (slot.segmentId() == place.segment()) {
            place.shown(spoken, slot, moves(slot.features()), nowNs);
        }
    }

    private boolean moves(float[] features) {
        for (int i = 0; i < rest.length; i++) {
            if (Math.abs(features[i] - rest[i]) > moves[i]) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void onAudio(Segment spoken, ByteBuffer pcm, ByteBuffer following) {
        output.pushAudio(
                sound.convert(spoken.id(), spoken.rateHz(), spoken.channels(), pcm, following, spoken.isEnded()));
        final long nowNs = clock.nanoTime();
        meters.onSound(nowNs);
        if (segment == null) {
            firstPushNs = nowNs - spoken.firstSampleNs();
        }
        segment = spoken;
        if (utterance != null) {
            utterance.sounded(spoken, nowNs);
        }
    }

    @Override
    public void onSilence() {
        output.pushAudio(sound.silence());
        meters.onSound(clock.nanoTime());
        waitedTicks += isPlaying ? 1 : 0;
    }

    @Override
    public void onPlaybackStarted(long segmentId) {
        utterance = log.begin(segmentId);
        isPlaying = true;
        waitedTicks = 0;
        tell(() -> events.onPlaybackStarted(segmentId));
    }

    @Override
    public void onPlaybackFinished(long segmentId, long positionUs, boolean interrupted) {
        final Utterance place = utterance;
        if (place != null) {
            place.finish(positionUs, interrupted, clock.nanoTime());
            log.end(place);
        }
        final boolean wasHeard = segment != null;
        final long pushNs = firstPushNs;
        final int waitedMs = waitedTicks * TICK_MS;
        utterance = null;
        segment = null;
        isPlaying = false;
        tell(() -> {
            events.onPlaybackFinished(segmentId, positionUs, interrupted);
            if (wasHeard) {
                events.onMeasured(segmentId, pushNs, waitedMs);
            }
        });
    }

    @Override
    public void onFailed(Throwable cause) {
        tell(() -> {
            failed.run();
            events.onFailed(cause);
        });
    }

    private void tell(Runnable event) {
        try {
            executor.execute(event);
        } catch (final RejectedExecutionException e) {
            // Whoever listened has gone.
        }
    }
}
