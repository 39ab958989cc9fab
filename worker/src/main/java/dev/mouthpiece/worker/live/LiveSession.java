package dev.mouthpiece.worker.live;

import dev.mouthpiece.worker.media.MediaSession;
import dev.mouthpiece.worker.media.frame.MediaCounters;
import dev.mouthpiece.worker.media.life.Moods;
import java.util.concurrent.CompletableFuture;

/**
 * One face on air. Made by {@link LiveEngine#open}; any thread may close it. Pictures and silence flow from the start; what
 * goes into {@link #speech} is spoken.
 */
public final class LiveSession implements AutoCloseable {
    private final LiveEngine engine;
    private final String id;
    private final MediaSession media;
    private final Speech speech;
    private final LiveSink sink;
    private final long startNs;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    // Guarded by the engine: what is shown or about to be, and the giving back of those before.
    private AvatarLibrary.Loan avatar;
    private CompletableFuture<?> returned = CompletableFuture.completedFuture(null);

    LiveSession(
            LiveEngine engine,
            String id,
            MediaSession media,
            AvatarLibrary.Loan avatar,
            LiveSink sink,
            long startNs,
            Runnable onSpeech) {
        this.engine = engine;
        this.id = id;
        this.media = media;
        this.avatar = avatar;
        this.sink = sink;
        this.speech = new Speech(media.audio(), onSpeech);
        this.startNs = startNs;
    }

    /** What logs and metrics call it. */
    public String id() {
        return id;
    }

    /** Where its speech goes in. One thread at a time. */
    public Speech speech() {
        return speech;
    }

    /** What it measures of itself; its transport writes what belongs to the connection. */
    public SessionMeters meters() {
        return sink.meters();
    }

    /** What the media path counts of it. Any thread. */
    public MediaCounters counters() {
        return media.counters();
    }

    /** How often speech found no room. Any thread. */
    public long speechOverflows() {
        return media.audio().overflows();
    }

    /** When its frame times begin, by the engine's clock: at this moment and every frame time before and after. */
    public long frameTimesFromNs() {
        return startNs;
    }

    /**
     * Shows another face from the next frame on, without a gap in picture or sound; speech goes on. Blocks while its patch size is
     * met for the first time, else for a moment; not for the threads of the path.
     *
     * @param face of the session's model and frame size; closed when another is shown, with the session, or where this fails
     * @return true once the face has been shown and the one before is given back; false if the session is closed before
     * @throws dev.mouthpiece.worker.BadInputException if the face is made for another model or size
     */
    public CompletableFuture<Boolean> show(AvatarLibrary.Loan face) {
        return engine.show(this, face);
    }

    /** How the face feels from now on; it shows within two seconds. Any thread. */
    public void feel(Moods moods) {
        engine.feel(this, moods);
    }

    /** Done when the output is not called any more and the avatar is given back. */
    public CompletableFuture<Void> closed() {
        return closed;
    }

    /** Takes it off the air; {@link #closed} tells when that is done, some milliseconds later. Again does nothing. */
    @Override
    public void close() {
        engine.close(this);
    }

    UtteranceLog log() {
        return sink.log();
    }

    MediaSession media() {
        return media;
    }

    AvatarLibrary.Loan avatar() {
        return avatar;
    }

    /** Another avatar is shown; {@code given} is done when the one before is given back. */
    void replace(AvatarLibrary.Loan face, CompletableFuture<?> given) {
        avatar = face;
        returned = CompletableFuture.allOf(returned, given);
    }

    /** Done when all avatars but the last are given back. */
    CompletableFuture<?> returned() {
        return returned;
    }
}
