package dev.mouthpiece.worker.media.batch;

import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.frame.FrameRing;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import dev.mouthpiece.worker.media.frame.MediaCounters;
import dev.mouthpiece.worker.media.frame.PlayPosition;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import dev.mouthpiece.worker.media.life.LifeGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One session on the device thread: which of its speech is to be encoded next, which frame is to be rendered next.
 *
 * <p>Speech frames are numbered through, over all segments, by a <i>sequence</i>; a ring holds the features of those that
 * are encoded and not yet rendered. When the epoch rises everything here that is older is forgotten, and results that
 * come back later are dropped. Where no speech is due the face idles: the features of the last frame ease to rest.
 */
public final class SessionTrack implements SpeechBatch.FeatureTarget, RenderBatch.FrameSource {
    /** Of what is left of the mouth's shape, so much stays from one idle frame to the next: closed after 200 ms. */
    private static final float EASE = 0.55f;

    private static final float AT_REST = 0.004f;
    private static final int FEATURE_RING = 128;

    private final LipSyncModel model;
    private final Manifest.Encode encode;
    private final int fps;
    private final int samplesPerFrame;
    private final int offsetSamples;
    private final int patchSize;
    private final long avatarSlot;
    private final StillFrame still;
    private final int patchX;
    private final int patchY;
    private final AudioRing audioRing;
    private final AudioTimeline timeline;
    private final FrameRing frames;
    private final PlayPosition position;
    private final MediaCounters counters;
    private final LifeGenerator life;
    private final boolean idles;
    private final long frameNs;
    private final int emphasisFeature;

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
    private int inFlight;

    /**
     * @param patchSize side of the avatar's patch
     * @param avatarSlot the avatar's place in the model's bank
     * @param idles whether frames without speech are made; a film has none
     */
    public SessionTrack(
            LipSyncModel model,
            Manifest.Encode encode,
            int patchSize,
            long avatarSlot,
            StillFrame still,
            int patchX,
            int patchY,
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
        this.avatarSlot = avatarSlot;
        this.still = still;
        this.patchX = patchX;
        this.patchY = patchY;
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

    public boolean hasFailed() {
        return position.failure() != null;
    }

    /** Takes in what has arrived and forgets what an interruption made void. */
    int drain() {
        final long now = audioRing.epoch();
        if (now != epoch) {
            epoch = now;
            timeline.dropStale(epoch);
            encodeSegment = lastVoidSegment();
            encodeFrame = Long.MAX_VALUE;
            renderSequence = encodeSequence;
        }
        return timeline.drain();
    }

    /** The newest segment of an older epoch; what follows it is to be spoken. */
    private long lastVoidSegment() {
        long id = timeline.segmentsOpened();
        while (id > position.finishedSegments() && timeline.segment(id).epoch() >= epoch) {
            id--;
        }
        return id;
    }

    /** Whether so little of its speech is encoded ahead of the pictures that more is wanted now. */
    boolean wantsSpeech(BatchLimits limits) {
        return !hasFailed() && encodeSequence - renderSequence < limits.encodeAheadFrames();
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
    public void onFeatures(long sequence, long ofEpoch, float[] from, int offset, int count) {
        inFlight--;
        if (ofEpoch != epoch) {
            return;
        }
        final int width = restFeatures.length;
        for (int i = 0; i < count; i++) {
            final int at = (int) ((sequence + i) % FEATURE_RING);
            System.arraycopy(from, offset + i * width, features, at * width, width);
            featureReady[at] = true;
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
     */
    long dueNs(long nowNs, BatchLimits limits) {
        if (hasFailed() || frames.pending() == frames.capacity()) {
            return Long.MAX_VALUE;
        }
        skipLate();
        final int ahead = Math.max(0, frames.pending() - 1);
        if (speechReady()) {
            final boolean first = featureFrame[(int) (renderSequence % FEATURE_RING)] == 0 && position.segmentId() == 0;
            final long dueNs = position.nextFrameTimeNs() + ahead * frameNs;
            return frames.pending() >= limits.aheadFrames() ? Long.MAX_VALUE : first ? Math.min(nowNs, dueNs) : dueNs;
        }
        return idles && frames.pending() <= limits.idleAheadFrames()
                ? position.nextFrameTimeNs() + ahead * frameNs
                : Long.MAX_VALUE;
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
        return Math.min(ready, Math.min(limits.aheadFrames(), frames.capacity()) - frames.pending());
    }

    private boolean speechReady() {
        return renderSequence < encodeSequence && featureReady[(int) (renderSequence % FEATURE_RING)];
    }

    /** Frames whose sound has been played need no picture any more. */
    private void skipLate() {
        final long playing = position.segmentId();
        final long next = position.nextFrame();
        while (playing != 0 && speechReady()) {
            final int at = (int) (renderSequence % FEATURE_RING);
            if (featureSegment[at] != playing || featureFrame[at] >= next) {
                return;
            }
            renderSequence++;
            counters.add(MediaCounter.FRAMES_SKIPPED, 1);
        }
    }

    /** Adds its next frame to a batch, after {@link #dueNs} said that it wants one. */
    void render(RenderBatch batch) {
        final int width = restFeatures.length;
        final boolean speech = speechReady();
        final int at = (int) (renderSequence % FEATURE_RING);
        final FrameSlot slot =
                frames.reserve(epoch, speech ? featureSegment[at] : FrameSlot.IDLE, speech ? featureFrame[at] : 0);
        if (slot == null) {
            throw new IllegalStateException("no free slot: pending=" + frames.pending());
        }
        if (speech) {
            System.arraycopy(features, at * width, lastFeatures, 0, width);
            renderSequence++;
        } else {
            easeToRest();
        }
        final int row = batch.addRow(this, slot, avatarSlot, still, patchX, patchY);
        System.arraycopy(lastFeatures, 0, batch.features(), row * width, width);
        System.arraycopy(lastFeatures, 0, slot.features(), 0, width);
        life.next(
                speech, emphasisFeature < 0 ? 0 : lastFeatures[emphasisFeature], batch.life(), row * batch.lifeCount());
        inFlight++;
    }

    private void easeToRest() {
        for (int i = 0; i < restFeatures.length; i++) {
            final float left = (lastFeatures[i] - restFeatures[i]) * EASE;
            lastFeatures[i] = Math.abs(left) < AT_REST ? restFeatures[i] : restFeatures[i] + left;
        }
    }

    @Override
    public void onRendered(FrameSlot slot, @Nullable Throwable failure) {
        inFlight--;
        if (failure != null) {
            position.fail(failure);
        }
        counters.add(MediaCounter.FRAMES_RENDERED, 1);
        frames.complete(slot);
    }
}
