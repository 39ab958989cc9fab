package dev.mouthpiece.worker.film;

import dev.mouthpiece.worker.media.MediaSession;
import dev.mouthpiece.worker.media.Pipeline;
import dev.mouthpiece.worker.media.SessionConfig;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.pace.MediaSink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** One film in the making: feeds its session and writes what the pacer hands out. The runner's thread. */
final class Film implements MediaSink {
    /** Speech that is fed ahead of the pictures: more than any window needs, less than the store holds. */
    private static final int AHEAD_SECONDS = 30;

    private final FilmJob job;
    private final int index;
    private final FilmListener listener;
    private final PcmFormat format;
    private final int fps;
    private final MediaSession session;
    private final ByteBuffer pcm = ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    private long fedBytes;
    private boolean sourceEnded;
    private boolean segmentEnded;
    private long frames;
    private boolean done;
    private @Nullable Throwable failure;

    Film(FilmJob job, int index, FilmListener listener, Pipeline pipeline, long startNs) {
        this.job = job;
        this.index = index;
        this.listener = listener;
        this.format = job.speech().format();
        this.fps = job.model().manifest().fps();
        final var avatar = job.avatar();
        job.output().start(avatar.still().width(), avatar.still().height(), fps, format);
        session = pipeline.open(
                new SessionConfig(
                        job.model(), avatar.identity().patchSize(), avatar.loop(), job.seed(), false, startNs),
                this);
        pcm.limit(0);
        if (!session.audio().start(format)) {
            throw new IllegalStateException("a new ring has no room");
        }
    }

    MediaSession session() {
        return session;
    }

    boolean isDone() {
        return done;
    }

    /** Reads on and feeds what there is room for. Returns how much was done. */
    int feed() {
        if (done || segmentEnded) {
            return 0;
        }
        int work = 0;
        try {
            while (!segmentEnded && aheadSeconds() < AHEAD_SECONDS) {
                if (!pcm.hasRemaining() && !sourceEnded) {
                    pcm.clear();
                    sourceEnded = job.speech().read(pcm) < 0;
                    pcm.flip();
                }
                final int n = pcm.hasRemaining() ? session.audio().write(pcm) : 0;
                fedBytes += n;
                work += n;
                if (sourceEnded && !pcm.hasRemaining()) {
                    endSegment();
                } else if (n == 0 && pcm.hasRemaining()) {
                    return work;
                }
            }
        } catch (final RuntimeException e) {
            fail(e);
        }
        return work;
    }

    private void endSegment() {
        if (fedBytes == 0) {
            fail(new FilmException("the speech is empty: it has no samples"));
        }
        segmentEnded = session.audio().end();
    }

    private long aheadSeconds() {
        return fedBytes / format.frameBytes() / format.sampleRateHz() - frames / fps;
    }

    @Override
    public void onVideo(FrameSlot slot, boolean repeated) {
        if (done) {
            return;
        }
        job.output().video(slot.picture());
        job.output().features(slot.features());
        frames++;
        listener.onProgress(index, frames, estimatedFrames());
    }

    private long estimatedFrames() {
        final long samples =
                sourceEnded ? fedBytes / format.frameBytes() : job.speech().estimatedSamples();
        return samples < 0 ? -1 : Math.max(frames, (samples * fps + format.sampleRateHz() - 1) / format.sampleRateHz());
    }

    @Override
    public void onAudio(Segment segment, ByteBuffer samples, ByteBuffer following) {
        job.output().audio(samples);
    }

    @Override
    public void onSilence() {
        // A film is one segment from its first sample to its last.
    }

    @Override
    public void onPlaybackStarted(long segmentId) {
        // The film's clock started with it.
    }

    @Override
    public void onPlaybackFinished(long segmentId, long positionUs, boolean interrupted) {
        job.output().finish();
        done = true;
        listener.onFinished(index, frames);
    }

    @Override
    public void onFailed(Throwable cause) {
        fail(cause);
    }

    /** Ends the film; what it wrote is taken back. */
    void fail(Throwable cause) {
        if (!done) {
            done = true;
            failure = cause;
            listener.onFailed(index, cause);
        }
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Closes what the job brought along. */
    void close() {
        job.output().close();
        job.speech().close();
    }
}
