package dev.mouthpiece.worker.media.batch;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.audio.Segment;
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
 * <p>Speech frames are numbered through, over all segments, by a <i>sequence</i>; a ring holds the features of those that
 * are encoded and not yet rendered. When the epoch rises everything here that is older is forgotten, and results that
 * come back later are dropped. Where no speech is due the face idles: the features of the last frame ease to rest,
 * quickly after an interruption.
 */
public final class SessionTrack implements SpeechBatch.FeatureTarget, RenderBatch.FrameSource {
    /** What is left of the mouth's shape when it has eased to rest. */
    private static final double EASED = 0.05;

    /** Who interrupts wants a mouth that stops: so much of its shape is left in the first frame after, and nothing in the second. */
    private static final float LEFT_WHEN_INTERRUPTED = 0.3f;

    /** A segment that goes on starts with this many pictures there, so that it does not stop at once. */
    private static final int FIRST_WORD_FRAMES = 2;

    /** Speech that is not encoded yet counts as plenty from here on. */
    private static final int PLENTY_SECONDS = 2;

    /** A pacer that is late by more has been stopped, and every session's with it. */
    private static final long STANDS_NS = 200_000_000L;

    private static final float OF_LAST_FRAMES = 0.05f;

    /** What one who had all frames left out is ahead of one who had none. */
    private static final float PRECEDENCE_NS = 800_000_000f;

    private static final float AT_REST = 0.004f;
    /** Brows that a mood has raised leave the voice some room above. */
    private static final float MOST_BROWS = 0.8f;

    private static final int FEATURE_RING = 128;

    private final LipSyncModel model;
    private final Manifest.Encode encode;
    private final int fps;
    private final int samplesPerFrame;
    private final int offsetSamples;
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
    /** Of what is left of the mouth's shape, so much stays from one idle frame to the next. */
    private final float ease;

    private int patchSize;
    private AvatarFrame[] loop;

    private final float[] restFeatures;
    private final float[] lastFeatures;
    private final float[] features;
    private final long[] featureSegment = new long[FEATURE_RING];
    private final long[] featureFrame = new long[FEATURE_RING];
    private final boolean[] featureReady = new boolean[FEATURE_RING];

    private long epoch;
    private long encodeSegment;
    private long encodeFrame;
    private long encodeSequence;
    private long renderSequence;
    /** The share that was left out of the last second or so of frames. */
    private float leftOut;

    /** Frames reserved before the epoch rose: whatever of them still lies in the ring will not be shown. */
    private long staleFrames;

    /** Frames of the loop shown so far, forth and back. */
    private long loopFrames;

    /** Receives the life of prepared frames, which show none. */
    private final float[] idleLife;

    /** How much of the patch the last frame showed. */
    private float opacity;

    private int inFlight;

    /** Frames at rest since an interruption; beyond the second they do not count, nor before the first interruption. */
    private int sinceInterruption = 2;

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
        this.fps = model.manifest().fps();
        this.samplesPerFrame = model.manifest().sampleRateHz() / fps;
        this.offsetSamples = encode.offsetMs() * model.manifest().sampleRateHz() / 1000;
        this.patchSize = patchSize;
        this.loop = loop.toArray(AvatarFrame[]::new);
        this.idlesOnLoop = model.manifest().requireRender().idle().equals("loop");
        this.talkParameter = talkParameter(model.manifest().life());
        this.idleLife = new float[model.manifest().life().size()];
        this.audioRing = audioRing;
        this.timeline = timeline;
        this.frames = frames;
        this.position = position;
        this.counters = counters;
        this.life = life;
        this.idles = idles;
        this.frameNs = 1_000_000_000L / fps;
        final int count = encode.features().size();
        restFeatures = new float[count];
        int emphasis = -1;
        for (int i = 0; i < count; i++) {
            restFeatures[i] = encode.features().get(i).rest();
            emphasis = encode.features().get(i).name().equals("emph") ? i : emphasis;
        }
        emphasisFeature = emphasis;
        final double easeFrames = model.manifest().requireRender().easeMs() * fps / 1000.0;
        ease = easeFrames < 1 ? 0 : (float) Math.pow(EASED, 1 / easeFrames);
        lastFeatures = restFeatures.clone();
        features = new float[FEATURE_RING * count];
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
        loop = newLoop.toArray(AvatarFrame[]::new);
        loopFrames = 0;
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
            encodeSegment = lastVoidSegment();
            encodeFrame = Long.MAX_VALUE;
            renderSequence = encodeSequence;
            staleFrames = frames.reserved();
            sinceInterruption = 0;
            // What will not be shown has not moved the loop.
            loopFrames = Math.max(0, loopFrames - frames.pending());
        }
        return timeline.drain(!hasPlenty());
    }

    /** The mouth comes to rest from where it was seen last, and not from a later frame that nobody will see. */
    private void goBackToShown() {
        final long segment = position.segmentId();
        final long shown = position.nextFrame() - 1;
        final int width = restFeatures.length;
        for (long i = renderSequence - 1; segment != 0 && i >= Math.max(0, renderSequence - frames.capacity()); i--) {
            final int at = (int) (i % FEATURE_RING);
            if (featureSegment[at] == segment && featureFrame[at] == shown) {
                System.arraycopy(features, at * width, lastFeatures, 0, width);
                return;
            }
        }
    }

    private boolean hasPlenty() {
        return encodeSegment > 0
                && encodeFrame != Long.MAX_VALUE
                && timeline.monoAfter(timeline.segment(encodeSegment), encodeFrame * samplesPerFrame)
                        > (long) PLENTY_SECONDS * fps * samplesPerFrame;
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
        final long ahead = encodeSequence - renderSequence;
        return !hasFailed()
                && switch (least) {
                    case FIRST_WORD -> position.segmentId() == 0 && ahead < FIRST_WORD_FRAMES;
                    case WANTED -> ahead < limits.encodeAheadFrames();
                    case SOME -> true;
                };
    }

    /** How many new frames its next window would have: 0 when there is nothing to encode yet, or no place for it. */
    int framesToEncode() {
        while (true) {
            final int n = encodableFrames();
            if (n > 0 || !moveToNextSegment()) {
                return n;
            }
        }
    }

    private int encodableFrames() {
        if (encodeSegment <= 0 || encodeFrame == Long.MAX_VALUE) {
            return 0;
        }
        final Segment segment = timeline.segment(encodeSegment);
        final long samples = segment.monoEnd() - segment.monoStart();
        final long end = segment.isEnded()
                ? segment.frames(fps)
                : (samples + offsetSamples - encode.lookaheadSamples()) / samplesPerFrame;
        final long left = Math.min(end - encodeFrame, renderSequence + FEATURE_RING - encodeSequence);
        int n = 0;
        for (int i = 0; i < encode.framesPerCall().size(); i++) {
            final int choice = encode.framesPerCall().get(i);
            n = choice <= left ? choice : n;
        }
        return n;
    }

    /** From a segment whose frames are all encoded to the next that is not void. */
    private boolean moveToNextSegment() {
        final boolean done = encodeSegment <= 0
                || encodeFrame == Long.MAX_VALUE
                || (timeline.segment(encodeSegment).isEnded()
                        && encodeFrame >= timeline.segment(encodeSegment).frames(fps));
        if (!done || encodeSegment >= timeline.segmentsOpened()) {
            return false;
        }
        encodeSegment++;
        encodeFrame = timeline.segment(encodeSegment).epoch() < epoch ? Long.MAX_VALUE : 0;
        return true;
    }

    /** Adds its next window to a batch whose frames a row are what {@link #framesToEncode} said. */
    void encode(SpeechBatch batch) {
        final Segment segment = timeline.segment(encodeSegment);
        final int row = batch.addRow(this, encodeSequence, epoch);
        final int window = batch.windowSamples();
        final long from = encodeFrame * samplesPerFrame - offsetSamples - encode.contextSamples();
        timeline.readMono(segment, from, batch.pcm(), row * window, window);
        for (int i = 0; i < batch.frames(); i++) {
            final int at = (int) (encodeSequence % FEATURE_RING);
            featureSegment[at] = encodeSegment;
            featureFrame[at] = encodeFrame;
            featureReady[at] = false;
            encodeSequence++;
            encodeFrame++;
        }
        timeline.releaseMono(segment, from);
        inFlight++;
    }

    @Override
    public void onFeatures(long sequence, long ofEpoch, float[] from, int offset, int count, long nowNs) {
        inFlight--;
        if (ofEpoch != epoch) {
            return;
        }
        final int width = restFeatures.length;
        for (int i = 0; i < count; i++) {
            final int at = (int) ((sequence + i) % FEATURE_RING);
            System.arraycopy(from, offset + i * width, features, at * width, width);
            featureReady[at] = true;
            if (featureFrame[at] == 0) {
                timeline.segment(featureSegment[at]).encoded(nowNs);
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
        if (speechReady()) {
            return pending >= limits.aheadFrames() ? Long.MAX_VALUE : speechDueNs(nowNs, pending);
        }
        return idles && !idlesOnPrepared() && pending <= limits.idleAheadFrames() ? nextDueNs(pending) : Long.MAX_VALUE;
    }

    private long speechDueNs(long nowNs, int pending) {
        final int at = (int) (renderSequence % FEATURE_RING);
        final long playing = position.segmentId();
        if (featureSegment[at] == playing) {
            return playedNs(featureFrame[at]);
        }
        final boolean first = featureFrame[at] == 0 && playing == 0;
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
        if (!speechReady()) {
            return dueNs + frameNs / 2;
        }
        return dueNs - (long) ((isFirstWord() ? 1 : leftOut) * PRECEDENCE_NS);
    }

    /** Whether nothing is played, and what is ready is what a segment's start waits for. */
    private boolean isFirstWord() {
        return position.segmentId() == 0 && featureFrame[(int) (renderSequence % FEATURE_RING)] < FIRST_WORD_FRAMES;
    }

    /** Whether it wants the first pictures of a segment rendered now, with which its sound begins. */
    boolean hasFirstWord(BatchLimits limits, long nowNs) {
        return speechReady() && isFirstWord() && dueNs(nowNs, limits, 0) != Long.MAX_VALUE;
    }

    /** How many frames it could give to a batch now, at least 1 after {@link #dueNs} said that it wants one. */
    int wanted(BatchLimits limits) {
        if (!speechReady()) {
            return 1;
        }
        int ready = 0;
        while (renderSequence + ready < encodeSequence
                && featureReady[(int) ((renderSequence + ready) % FEATURE_RING)]) {
            ready++;
        }
        final int room = frames.capacity() - frames.pending();
        return Math.min(ready, Math.min(limits.aheadFrames() - frames.pendingSince(staleFrames), room));
    }

    private boolean speechReady() {
        return renderSequence < encodeSequence && featureReady[(int) (renderSequence % FEATURE_RING)];
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
        while (playing != 0 && speechReady()) {
            final int at = (int) (renderSequence % FEATURE_RING);
            final boolean played = featureFrame[at] < position.nextFrame();
            final boolean tooLate = foresees && !stands && playedNs(featureFrame[at]) - earliestNs < 0;
            if (featureSegment[at] != playing || !(played || tooLate)) {
                return;
            }
            renderSequence++;
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
        final int width = restFeatures.length;
        final boolean speech = speechReady();
        final int at = (int) (renderSequence % FEATURE_RING);
        final FrameSlot slot = frames.reserve(
                epoch, speech ? featureSegment[at] : FrameSlot.IDLE, speech ? featureFrame[at] : 0, expectedNs);
        if (slot == null) {
            throw new IllegalStateException("no free slot: pending=" + frames.pending());
        }
        if (speech) {
            System.arraycopy(features, at * width, lastFeatures, 0, width);
            renderSequence++;
            leftOut -= leftOut * OF_LAST_FRAMES;
            sinceInterruption = 2;
        } else {
            easeToRest(stays());
        }
        final int row = batch.addRow(this, slot, nextOfLoop());
        System.arraycopy(lastFeatures, 0, batch.features(), row * width, width);
        System.arraycopy(lastFeatures, 0, slot.features(), 0, width);
        final float emphasis = emphasisFeature < 0 ? 0 : lastFeatures[emphasisFeature];
        life.next(speech, emphasis, batch.life(), row * batch.lifeCount());
        if (emphasisFeature >= 0) {
            // What is heard of the voice stays as it is; only the picture shows the mood.
            final float most = encode.features().get(emphasisFeature).max();
            batch.features()[row * width + emphasisFeature] =
                    emphasis + MOST_BROWS * life.brows() * Math.max(0, most - emphasis);
        }
        if (idlesOnLoop) {
            opacity = talkParameter < 0 ? (speech ? 1f : 0f) : batch.life()[row * batch.lifeCount() + talkParameter];
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
            slot.show(nextOfLoop().still().i420(), nowNs);
            System.arraycopy(restFeatures, 0, lastFeatures, 0, restFeatures.length);
            System.arraycopy(restFeatures, 0, slot.features(), 0, restFeatures.length);
            life.next(false, 0, idleLife, 0);
            frames.complete(slot, nowNs);
            shown++;
        }
        return shown;
    }

    /** Nothing to say, and nothing of the patch is to be seen any more. */
    private boolean idlesOnPrepared() {
        return idlesOnLoop && idles && opacity == 0f && !hasFailed() && !speechReady();
    }

    /** The next of the avatar's frames: 0, 1, … n-1, n-2, … 1, 0, 1, … */
    private AvatarFrame nextOfLoop() {
        final int period = Math.max(1, 2 * loop.length - 2);
        final int at = (int) (loopFrames++ % period);
        return loop[at < loop.length ? at : period - at];
    }

    private static int talkParameter(List<Manifest.Parameter> life) {
        for (int i = 0; i < life.size(); i++) {
            if (life.get(i).name().equals("talk")) {
                return i;
            }
        }
        return -1;
    }

    /** Which part of the mouth's shape the next frame at rest still has. */
    private float stays() {
        if (sinceInterruption >= 2) {
            return ease;
        }
        sinceInterruption++;
        return sinceInterruption == 1 ? Math.min(ease, LEFT_WHEN_INTERRUPTED) : 0;
    }

    private void easeToRest(float stays) {
        for (int i = 0; i < restFeatures.length; i++) {
            final float left = (lastFeatures[i] - restFeatures[i]) * stays;
            lastFeatures[i] = Math.abs(left) < AT_REST ? restFeatures[i] : restFeatures[i] + left;
        }
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
