package dev.mouthpiece.worker.media;

import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.batch.SessionTrack;
import dev.mouthpiece.worker.media.frame.FrameRing;
import dev.mouthpiece.worker.media.frame.MediaCounters;
import dev.mouthpiece.worker.media.frame.PlayPosition;
import dev.mouthpiece.worker.media.life.LifeGenerator;
import dev.mouthpiece.worker.media.pace.MediaSink;
import dev.mouthpiece.worker.media.pace.PaceLimits;
import dev.mouthpiece.worker.media.pace.PacedTrack;
import java.util.Objects;

/**
 * One session in the media path: a ring in, a sink out, and what the threads between hold for it. Made by
 * {@link Pipeline#open}, closed by {@link Pipeline#close(MediaSession)}.
 */
public final class MediaSession {
    private final AudioRing audio;
    private final AudioTimeline timeline;
    private final MediaCounters counters = new MediaCounters();
    private final SessionTrack track;
    private final PacedTrack paced;

    MediaSession(PipelineConfig pipeline, SessionConfig config, MediaSink sink) {
        final var manifest = config.model().manifest();
        final var encode = Objects.requireNonNull(manifest.encode(), "a lip-sync model has an encoder");
        final var frames = new FrameRing(
                pipeline.ringFrames(),
                config.still().width(),
                config.still().height(),
                encode.features().size());
        final var position = new PlayPosition();
        final PaceLimits pace = pipeline.pace();
        audio = new AudioRing(pipeline.audioRingBytes());
        timeline = new AudioTimeline(audio, manifest.sampleRateHz(), pipeline.storeSeconds());
        paced = new PacedTrack(
                audio, timeline, frames, position, counters, sink, pace, manifest.fps(), config.startNs());
        track = new SessionTrack(
                config.model(),
                encode,
                config.patchSize(),
                config.avatarSlot(),
                config.still(),
                config.patchX(),
                config.patchY(),
                audio,
                timeline,
                frames,
                position,
                counters,
                new LifeGenerator(manifest.life(), manifest.fps(), config.seed()),
                config.idles());
    }

    /** Where its speech goes in. */
    public AudioRing audio() {
        return audio;
    }

    public MediaCounters counters() {
        return counters;
    }

    /** Its media clock. Pacer's thread. */
    public PacedTrack paced() {
        return paced;
    }

    SessionTrack track() {
        return track;
    }
}
