package dev.mouthpiece.worker.whep;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEvents;
import dev.mouthpiece.worker.live.LiveOutput;
import dev.mouthpiece.worker.live.LiveSession;
import dev.mouthpiece.worker.live.Speech;
import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.rtc.Publisher;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A session on air by WHEP: a live session whose output is one publisher, and the room where it is watched. Made by
 * {@link WhepHost#open}. Any thread may end it.
 */
public final class WhepSession {
    private static final long ACTIVE_NS = 1_000_000_000L;

    private final WhepHost host;
    private final String id;
    private final WhepEvents events;
    private final Output output;
    private final CompletableFuture<LiveSession> started = new CompletableFuture<>();
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    // The whep thread's.
    private @Nullable WhepRoom room;
    private @Nullable LiveSession live;
    private @Nullable Moods moods;
    private boolean isOnAir;
    private boolean isOver;
    private long activeNs;

    WhepSession(WhepHost host, String id, WhepEvents events, Publisher publisher, MouthTap mouth) {
        this.host = host;
        this.id = id;
        this.events = events;
        this.output = new Output(publisher, mouth);
    }

    /** Leaves the air. {@link WhepEvents#ended} tells when that is done; again does nothing. */
    public void end(String reason) {
        host.run(() -> over(reason, null));
    }

    /**
     * Shows another face in the running picture and sound; the size stays. Blocks as {@link LiveSession#show} does, and until the first
     * face is on air.
     *
     * @param face closed when another is shown, with the session, or where this fails
     * @return true once the face has been shown; false if the session is over before
     * @throws dev.mouthpiece.worker.BadInputException if the face is made for another model or size
     */
    public CompletableFuture<Boolean> show(AvatarLibrary.Loan face) {
        final LiveSession on;
        try {
            on = started.join();
        } catch (CompletionException e) {
            face.close();
            return CompletableFuture.completedFuture(false);
        }
        return on.show(face);
    }

    /** How the face feels from now on, or from its beginning. */
    public void feel(Moods felt) {
        host.run(() -> {
            moods = felt;
            if (live != null) {
                live.feel(felt);
            }
        });
    }

    /** Tells who listens that another face is on air. */
    public void faceChanged() {
        tell(SpeechEvents.faceChanged());
    }

    /** Tells who listens why the face that was wanted is not shown. */
    public void faceRefused(String why) {
        tell(SpeechEvents.faceRefused(why));
    }

    private void tell(String event) {
        host.run(() -> {
            if (room != null) {
                room.listeners().tell(event);
            }
        });
    }

    /** Pictures made so far. */
    public long frames() {
        return output.frames.get();
    }

    /** How many watch. */
    public int viewers() {
        return host.viewers(id);
    }

    /** What the start comes to: done by who opens it. */
    CompletableFuture<LiveSession> started() {
        return started;
    }

    /** Done when everything native is released. */
    CompletableFuture<Void> done() {
        return done;
    }

    String id() {
        return id;
    }

    Output output() {
        return output;
    }

    /** Everything is there. Thread {@code whep}. */
    void opened(LiveSession opened, WhepRoom.Picture picture) {
        live = opened;
        if (isOver) {
            final CompletableFuture<Void> unused = release();
            return;
        }
        if (moods != null) {
            opened.feel(moods);
        }
        final var made = new WhepRoom(
                id,
                host.config(),
                output.publisher,
                host.executor(),
                new Input(opened.speech()),
                picture,
                new Keeper());
        room = made;
        host.opened(this, made);
    }

    /** It could not start. Thread {@code whep}. */
    void notOpened(Throwable cause) {
        over("failed", cause);
    }

    /** Whether {@link #tick} should come every few tens of milliseconds; else now and then will do. Thread {@code whep}. */
    boolean isAttended() {
        return room != null && (!isOnAir || room.isAttended());
    }

    /** Thread {@code whep}. */
    void tick(long nowNs) {
        final WhepRoom open = room;
        if (open == null || isOver) {
            return;
        }
        output.mouth.drain(open::mouth);
        open.tick(nowNs);
        if (!isOnAir && output.frames.get() > 0) {
            isOnAir = true;
            events.onAir();
        }
        if (open.desk().isBusy() && nowNs - activeNs > ACTIVE_NS) {
            activeNs = nowNs;
            events.active();
        }
    }

    private void over(String reason, @Nullable Throwable failure) {
        if (isOver) {
            return;
        }
        isOver = true;
        host.over(this);
        if (room != null) {
            room.close(reason);
        }
        final CompletableFuture<Void> off = release();
        final CompletableFuture<Void> unused = off.whenComplete((nothing, problem) -> {
            if (failure == null) {
                events.ended(reason);
            } else {
                events.failed(failure.getMessage() == null ? failure.toString() : failure.getMessage());
            }
            done.complete(null);
        });
    }

    /** Off the air first, then the publisher: nothing pushes to it any more. */
    private CompletableFuture<Void> release() {
        if (live == null) {
            output.publisher.close();
            return CompletableFuture.completedFuture(null);
        }
        live.close();
        return live.closed().thenRunAsync(output.publisher::close, host.executor());
    }

    /** What the media path tells; on the thread {@code whep}. */
    final class Playback implements LiveEvents {
        @Override
        public void onPlaybackStarted(long segment) {
            if (room != null) {
                room.desk().playbackStarted(segment);
            }
        }

        @Override
        public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {
            if (room != null) {
                room.desk().playbackFinished(segment, positionUs, interrupted);
            }
        }

        @Override
        public void onFailed(Throwable cause) {
            over("failed", cause);
        }
    }

    /** Sees to the room. */
    private final class Keeper implements WhepRoom.Owner {
        @Override
        public void onCome() {
            host.ring();
        }

        @Override
        public void onUnwatched() {
            over("unwatched", null);
        }
    }

    /** Pacer's thread. */
    static final class Output implements LiveOutput {
        private final Publisher publisher;
        private final MouthTap mouth;
        private final AtomicLong frames = new AtomicLong();

        private Output(Publisher publisher, MouthTap mouth) {
            this.publisher = publisher;
            this.mouth = mouth;
        }

        @Override
        public void pushShape(long segment, long frame, float[] features) {
            mouth.put(segment, frame, features);
        }

        @Override
        public void pushVideo(I420Frame picture, boolean repeated) {
            publisher.pushVideo(picture);
            frames.setRelease(frames.getPlain() + 1);
        }

        @Override
        public void pushAudio(byte[] pcm) {
            publisher.pushAudio(pcm);
        }
    }

    /** The session's speech; the desk sees to it that one thread at a time is here. */
    private record Input(Speech speech) implements SpeechInput {
        @Override
        public boolean begin(int sampleRateHz, int channels) {
            return speech.begin(sampleRateHz, channels);
        }

        @Override
        public int write(ByteBuffer pcm) {
            return speech.write(pcm);
        }

        @Override
        public boolean end() {
            return speech.end();
        }

        @Override
        public void clear() {
            speech.clear();
        }
    }
}
