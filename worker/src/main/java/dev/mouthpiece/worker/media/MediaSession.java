package dev.mouthpiece.worker.media;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.audio.RingMemory;
import dev.mouthpiece.worker.media.batch.SessionTrack;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.media.frame.FrameRing;
import dev.mouthpiece.worker.media.frame.MediaCounters;
import dev.mouthpiece.worker.media.frame.PlayPosition;
import dev.mouthpiece.worker.media.life.LifeGenerator;
import dev.mouthpiece.worker.media.pace.MediaSink;
import dev.mouthpiece.worker.media.pace.PaceLimits;
import dev.mouthpiece.worker.media.pace.PacedTrack;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.agrona.concurrent.NanoClock;

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
    private final FrameRing frames;
    private final Device device;
    private final int width;
    private final int height;

    /** Of the avatar that is shown. Device thread, once open. */
    private List<StillFrame> stills;

    MediaSession(
            PipelineConfig pipeline,
            RingMemory rings,
            SessionConfig config,
            MediaSink sink,
            NanoClock clock,
            Device device) {
        this.device = device;
        final var manifest = config.model().manifest();
        final var encode = Objects.requireNonNull(manifest.encode(), "a lip-sync model has an encoder");
        frames = new FrameRing(
                pipeline.ringFrames(),
                config.still().width(),
                config.still().height(),
                encode.features().size(),
                device.frames());
        width = config.still().width();
        height = config.still().height();
        try {
            stills = hold(config.loop());
        } catch (final RuntimeException e) {
            frames.close();
            throw e;
        }
        final var position = new PlayPosition();
        final PaceLimits pace = pipeline.pace().withSoundAhead(config.soundAheadTicks());
        audio = new AudioRing(rings, clock);
        timeline = new AudioTimeline(audio, manifest.sampleRateHz(), pipeline.storeSeconds());
        paced = new PacedTrack(
                audio, timeline, frames, position, counters, sink, pace, manifest.fps(), config.startNs());
        track = new SessionTrack(
                config.model(),
                encode,
                config.patchSize(),
                config.loop(),
                audio,
                timeline,
                frames,
                position,
                counters,
                new LifeGenerator(manifest.life(), manifest.fps(), config.seed()),
                config.idles());
    }

    /** Sees to it that the device has an avatar's pictures. Any thread. */
    List<StillFrame> hold(List<AvatarFrame> loop) {
        final List<StillFrame> held = new ArrayList<>();
        try {
            for (final AvatarFrame frame : loop) {
                device.hold(frame.still());
                held.add(frame.still());
            }
        } catch (final RuntimeException e) {
            letGo(held);
            throw e;
        }
        return held;
    }

    /** The device need not have those any more. */
    void letGo(List<StillFrame> held) {
        held.forEach(device::release);
    }

    /** Another avatar is shown, whose pictures the device has; returns those of the one before. Device thread. */
    List<StillFrame> replace(List<StillFrame> held) {
        final List<StillFrame> before = stills;
        stills = held;
        return before;
    }

    boolean isOfSize(StillFrame still) {
        return still.width() == width && still.height() == height;
    }

    /** Gives back what it has of the device, and its ring. Once, when no thread of the path looks at any of it. */
    void release() {
        letGo(stills);
        frames.close();
        audio.close();
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
