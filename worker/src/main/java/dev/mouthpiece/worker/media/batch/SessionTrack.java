package dev.mouthpiece.worker.media.batch;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.media.frame.FrameRing;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import dev.mouthpiece.worker.media.frame.MediaCounters;
import dev.mouthpiece.worker.media.frame.PlayPosition;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import dev.mouthpiece.worker.media.life.LifeGenerator;
import dev.mouthpiece.worker.media.life.Moods;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One session on the device thread: which of its speech is to be encoded next, which frame is to be rendered next.
 *
 * <p>When the epoch rises everything here that is older is forgotten, and results that come back later are dropped. Where no speech
 * is due the face idles.
 */
public final class SessionTrack implements SpeechBatch.FeatureTarget, RenderBatch.FrameSource {
    /** A segment that goes on starts with this many pictures there, so that it does not stop at once. */
    private static final int FIRST_WORD_FRAMES = 2;

    /** A pacer that is late by more has been stopped, and every session's with it. */
    private static final long STANDS_NS = 200_000_000L;

    private static final float OF_LAST_FRAMES = 0.05f;

    /** What one who had all frames left out is ahead of one who had none. */
    private static final float PRECEDENCE_NS = 800_000_000f;

    /** Brows that a mood has raised leave the voice some room above. */
    private static final float MOST_BROWS = 0.8f;

    private final LipSyncModel model;
    private final Manifest.Encode encode;
    /** Whether it idles on prepared frames, its patch fading in and out with the life parameter of that number. */
    private final boolean idlesOnLoop;

    private final int talkParameter;
    private final AudioRing audioRing;
    private final AudioTimeline timeline;
    private final FrameRing frames;
    private final PlayPosition position;
    private final MediaCounters counters;
    private final LifeGenerator life;
    private final boolean idles;
    private final long frameNs;
    private final int emphasisFeature;
    private final SpeechCursor speech;
    private final FeatureRing features;
    private final MouthShape mouth;
    private final AvatarLoop loop;

    private int patchSize;
    private long epoch;
    /** The share that was left out of the last second or so of frames. */
    private float leftOut;

    /** Frames reserved before the epoch rose: whatever of them still lies in the ring will not be shown. */
    private long staleFrames;

    /** Receives the life of prepared frames, which show none. */
    private final float[] idleLife;

    /** How much of the patch the last frame showed. */
    private float opacity;

    private int inFlight;

    /**
     * @param patchSize side of the avatar's patch
     * @param loop the avatar's frames, at least one
     * @param idles whether frames without speech are made; a film has none
     */
    public SessionTrack(
            LipSyncModel model,
            Manifest.Encode encode,
            int patchSize,
            List<AvatarFrame> loop,
            AudioRing audioRing,
            AudioTimeline timeline,
            FrameRing frames,
            PlayPosition position,
            MediaCounters counters,
            LifeGenerator life,
            boolean idles) {
        this.model = model;
        this.encode = encode;
        this.patchSize = patchSize;
        this.loop = new AvatarLoop(loop);
        this.idlesOnLoop = model.manifest().requireRender().idle().equals("loop");
        this.talkParameter = indexOf("talk", model.manifest().life());
        this.idleLife = new float[model.manifest().life().size()];
        this.audioRing = audioRing;
        this.timeline = timeline;
        this.frames = frames;
        this.position = position;
        this.counters = counters;
        this.life = life;
        this.idles = idles;
        final int fps = model.manifest().fps();
        this.frameNs = 1_000_000_000L / fps;
        this.speech = new SpeechCursor(model.manifest(), encode, timeline);
        this.features = new FeatureRing(encode.features().size());
        this.mouth = new MouthShape(
                encode.features(), model.manifest().requireRender().easeMs() * fps / 1000.0);
        this.emphasisFeature = indexOf("emph", encode.features());
    }

    public LipSyncModel model() {
        return model;
    }

    public int patchSize() {
        return patchSize;
    }

    /** Batches' rows that inference threads have in hand. */
    public int inFlight() {
        return inFlight;
    }

    /**
     * From the next frame on it shows another avatar of the same model and frame size; speech goes on.
     *
     * @return a mark for {@link #hasShownBeyond}
     */
    long show(int newPatchSize, List<AvatarFrame> newLoop) {
        patchSize = newPatchSize;
        loop.change(newLoop);
        return frames.reserved();
    }

    /** How the face feels from now on. */
    public void feel(Moods moods) {
        life.feel(moods);
    }

    /** Whether a frame that was planned after the mark has been shown, so that those before are of no use any more. */
    public boolean hasShownBeyond(long mark) {
        return frames.consumed() > mark;
    }

    public boolean hasFailed() {
        return position.failure() != null;
    }

    /** Takes in what has arrived and forgets what an interruption made void. */
    int drain() {
        final long now = audioRing.epoch();
        if (now != epoch) {
            epoch = now;
            timeline.dropStale(epoch);
            goBackToShown();
            speech.passOver(lastVoidSegment());
            features.clear();
            staleFrames = frames.reserved();
            mouth.interrupt();
            loop.goBack(frames.pending());
        }
        return timeline.drain(!speech.hasPlenty());
    }

    /** The mouth comes to rest from where it was seen last, and not from a later frame that nobody will see. */
    private void goBackToShown() {
        if (position.segmentId() != 0) {
            features.recall(position.segmentId(), position.nextFrame() - 1, frames.capacity(), mouth.last());
        }
    }

    /** Its part has thrown: it ends, the others go on. */
    void fail(Throwable cause) {
        position.fail(cause);
    }

    /** The newest segment of an older epoch; what follows it is to be spoken. */
    private long lastVoidSegment() {
        long id = timeline.segmentsOpened();
        while (id > position.finishedSegments() && timeline.segment(id).epoch() >= epoch) {
            id--;
        }
        return id;
    }

    /** Whether it needs features as much as that, if there is something to encode at all. */
    boolean needs(SpeechNeed least, BatchLimits limits) {
        final long ahead = features.ahead();
        return !hasFailed()
                && switch (least) {
                    case FIRST_WORD -> position.segmentId() == 0 && ahead < FIRST_WORD_FRAMES;
                    case WANTED -> ahead < limits.encodeAheadFrames();
                    case SOME -> true;
                };
    }

    /** How many new frames its next window would have: 0 when there is nothing to encode yet, or no place for it. */
    int framesToEncode() {
        return speech.framesToEncode(epoch, features.room());
    }

    /** Adds its next window to a batch whose frames a row are what {@link #framesToEncode} said. */
    void encode(SpeechBatch batch) {
        final int row = batch.addRow(this, features.encoded(), epoch);
        speech.encode(batch, row, features);
        inFlight++;
    }

    @Override
    public void onFeatures(long sequence, long ofEpoch, float[] from, int offset, int count, long nowNs) {
        inFlight--;
        if (ofEpoch != epoch) {
            return;
        }
        final int width = encode.features().size();
        for (int i = 0; i < count; i++) {
            if (features.put(sequence + i, from, offset + i * width)) {
                timeline.segment(features.segmentOf(sequence + i)).encoded(nowNs);
            }
        }
    }

    @Override
    public void onFailed(Throwable cause) {
        inFlight--;
        position.fail(cause);
    }

    /**
     * When its next frame is due, if it wants one rendered now; {@link Long#MAX_VALUE} if not.
     *
     * @param nowNs the time
     * @param serviceNs how long a batch takes: speech that is due before could only be late, and is passed over
     */
    long dueNs(long nowNs, BatchLimits limits, long serviceNs) {
        if (hasFailed() || frames.pending() == frames.capacity()) {
            return Long.MAX_VALUE;
        }
        skipLate(limits.maxServiceNs() > 0, nowNs + serviceNs);
        final int pending = frames.pendingSince(staleFrames);
        if (features.isReady()) {
            return pending >= limits.aheadFrames() ? Long.MAX_VALUE : speechDueNs(nowNs, pending);
        }
        return idles && !idlesOnPrepared() && pending <= limits.idleAheadFrames() ? nextDueNs(pending) : Long.MAX_VALUE;
    }

    private long speechDueNs(long nowNs, int pending) {
        final long playing = position.segmentId();
        if (features.nextSegment() == playing) {
            return playedNs(features.nextFrame());
        }
        final boolean first = features.nextFrame() == 0 && playing == 0;
        return first ? Math.min(nowNs, nextDueNs(pending)) : nextDueNs(pending);
    }

    /** When the frame after those that are pending is due, if each of them has its own frame time. */
    private long nextDueNs(int pending) {
        return position.nextFrameTimeNs() + Math.max(0, pending - 1) * frameNs;
    }

    /** When that frame of the segment being played is due. */
    private long playedNs(long frame) {
        return position.nextFrameTimeNs() + (frame - position.nextFrame()) * frameNs;
    }

    /**
     * By what its turn among the sessions is decided: by when its frame is due, but an idle face gives way by half a frame
     * time, and a session that had to leave out more of its last frames than others comes the earlier. Before all of them comes
     * a first word: its sound waits for it.
     *
     * @param dueNs what {@link #dueNs} said
     */
    long orderNs(long dueNs) {
        if (dueNs == Long.MAX_VALUE) {
            return dueNs;
        }
        if (!features.isReady()) {
            return dueNs + frameNs / 2;
        }
        return dueNs - (long) ((isFirstWord() ? 1 : leftOut) * PRECEDENCE_NS);
    }

    /** Whether nothing is played, and what is ready is what a segment's start waits for. */
    private boolean isFirstWord() {
        return position.segmentId() == 0 && features.nextFrame() < FIRST_WORD_FRAMES;
    }

    /** Whether it wants the first pictures of a segment rendered now, with which its sound begins. */
    boolean hasFirstWord(BatchLimits limits, long nowNs) {
        return features.isReady() && isFirstWord() && dueNs(nowNs, limits, 0) != Long.MAX_VALUE;
    }

    /** How many frames it could give to a batch now, at least 1 after {@link #dueNs} said that it wants one. */
    int wanted(BatchLimits limits) {
        if (!features.isReady()) {
            return 1;
        }
        final int room = frames.capacity() - frames.pending();
        return Math.min(features.readyCount(), Math.min(limits.aheadFrames() - frames.pendingSince(staleFrames), room));
    }

    /**
     * Frames whose sound has been played need no picture any more.
     *
     * @param foresees whether this holds too for those whose picture would come later than their sound
     * @param earliestNs when a picture could be there
     */
    private void skipLate(boolean foresees, long earliestNs) {
        final long playing = position.segmentId();
        // A clock that has stood still for long is going to leave that time out.
        final boolean stands = earliestNs - position.nextFrameTimeNs() > STANDS_NS;
        while (playing != 0 && features.isReady()) {
            final long frame = features.nextFrame();
            final boolean tooLate = foresees && !stands && playedNs(frame) - earliestNs < 0;
            if (features.nextSegment() != playing || !(frame < position.nextFrame() || tooLate)) {
                return;
            }
            features.skip();
            leftOut += (1 - leftOut) * OF_LAST_FRAMES;
            counters.add(MediaCounter.FRAMES_SKIPPED, 1);
        }
    }

    /**
     * Adds its next frame to a batch, after {@link #dueNs} said that it wants one.
     *
     * @param expectedNs when the batch will be done, as far as one knows
     */
    void render(RenderBatch batch, long expectedNs) {
        final boolean speaks = features.isReady();
        final FrameSlot slot = frames.reserve(
                epoch, speaks ? features.nextSegment() : FrameSlot.IDLE, speaks ? features.nextFrame() : 0, expectedNs);
        if (slot == null) {
            throw new IllegalStateException("no free slot: pending=" + frames.pending());
        }
        final float[] shape = mouth.last();
        if (speaks) {
            features.take(shape);
            leftOut -= leftOut * OF_LAST_FRAMES;
            mouth.speak();
        } else {
            mouth.ease();
        }
        final int width = shape.length;
        final int row = batch.addRow(this, slot, loop.next());
        System.arraycopy(shape, 0, batch.features(), row * width, width);
        System.arraycopy(shape, 0, slot.features(), 0, width);
        final float emphasis = emphasisFeature < 0 ? 0 : shape[emphasisFeature];
        life.next(speaks, emphasis, batch.life(), row * batch.lifeCount());
        if (emphasisFeature >= 0) {
            // What is heard of the voice stays as it is; only the picture shows the mood.
            final float most = encode.features().get(emphasisFeature).max();
            batch.features()[row * width + emphasisFeature] =
                    emphasis + MOST_BROWS * life.brows() * Math.max(0, most - emphasis);
        }
        if (idlesOnLoop) {
            opacity = talkParameter < 0 ? (speaks ? 1f : 0f) : batch.life()[row * batch.lifeCount() + talkParameter];
            batch.opacity(row, opacity);
        }
        inFlight++;
    }

    /**
     * Puts prepared frames in line while it idles on them: they are pictures already, and no batch sees them. Returns their
     * number.
     */
    int idleOnLoop(BatchLimits limits, long nowNs) {
        int shown = 0;
        while (idlesOnPrepared()
                && frames.pendingSince(staleFrames) <= limits.idleAheadFrames()
                && frames.pending() < frames.capacity()) {
            final FrameSlot slot = frames.reserve(epoch, FrameSlot.IDLE, 0, nowNs);
            if (slot == null) {
                return shown;
            }
            slot.show(loop.next().still().i420(), nowNs);
            mouth.rest();
            System.arraycopy(mouth.last(), 0, slot.features(), 0, mouth.last().length);
            life.next(false, 0, idleLife, 0);
            frames.complete(slot, nowNs);
            shown++;
        }
        return shown;
    }

    /** Nothing to say, and nothing of the patch is to be seen any more. */
    private boolean idlesOnPrepared() {
        return idlesOnLoop && idles && opacity == 0f && !hasFailed() && !features.isReady();
    }

    /** Which of them has that name; -1 if none. */
    private static int indexOf(String name, List<Manifest.Parameter> parameters) {
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void onRendered(FrameSlot slot, @Nullable Throwable failure, long nowNs) {
        inFlight--;
        if (failure != null) {
            position.fail(failure);
        }
        counters.add(MediaCounter.FRAMES_RENDERED, 1);
        frames.complete(slot, nowNs);
    }
}
