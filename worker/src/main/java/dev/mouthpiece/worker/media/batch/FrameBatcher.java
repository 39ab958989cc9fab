package dev.mouthpiece.worker.media.batch;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.media.frame.Batch;
import dev.mouthpiece.worker.media.frame.BatchMeters;
import dev.mouthpiece.worker.media.frame.BatchQueue;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes the frames of all sessions by play-out deadline, earliest first, and forms batches of them.
 *
 * <p>Owned by the device thread. A render batch leaves when it is full or when its most urgent frame is due within
 * {@link BatchLimits#leadNs(int, long)}, which is as long as batches take on this device where that was measured; speech goes before pictures, because pictures wait for it. At most {@code maxRows} frames and
 * one model and patch size make a batch. Nothing here waits: what finds no free inference thread is formed at a later
 * {@link #doWork}.
 *
 * <p>Where there is more to render than the inference threads can, no frame is rendered that would come too late, so that
 * what is rendered is shown; {@link SessionTrack#orderNs} gives every session its part.
 */
public final class FrameBatcher {
    private final BatchLimits limits;
    private final List<? extends BatchQueue> lanes;
    private final int batchesPerKind;
    private final ArrayList<SessionTrack> tracks = new ArrayList<>();
    private final ArrayList<SpeechKind> speechKinds = new ArrayList<>();
    private final ArrayList<RenderKind> renderKinds = new ArrayList<>();
    private final BatchMeters meters = new BatchMeters();
    private int firstTrack;

    /**
     * @param lanes the inference threads
     * @param batchesPerLane batches that each of them may have in hand
     */
    public FrameBatcher(BatchLimits limits, List<? extends BatchQueue> lanes, int batchesPerLane) {
        this.limits = limits;
        this.lanes = List.copyOf(lanes);
        this.batchesPerKind = lanes.size() * batchesPerLane;
    }

    /** A session begins. */
    public void add(SessionTrack track) {
        speechKind(track.model());
        renderKind(track.model(), track.patchSize());
        tracks.add(track);
    }

    /** A session ends; its frames must not be used before {@link SessionTrack#inFlight} is 0. */
    public void remove(SessionTrack track) {
        tracks.remove(track);
    }

    /** Whether there are no sessions. */
    public boolean isEmpty() {
        return tracks.isEmpty();
    }

    /**
     * A session shows another avatar of its model and frame size from its next frame on.
     *
     * @param patchSize side of the avatar's patch
     * @param loop the avatar's frames, at least one
     * @return a mark for {@link SessionTrack#hasShownBeyond}
     */
    public long show(SessionTrack track, int patchSize, List<AvatarFrame> loop) {
        renderKind(track.model(), patchSize);
        return track.show(patchSize, loop);
    }

    /** What it counts. */
    public BatchMeters meters() {
        return meters;
    }

    /** One turn. Returns how much was done. */
    public int doWork(long nowNs) {
        int work = takeIn();
        work += deliver(nowNs);
        work += submitFirstWord(nowNs);
        work += submitSpeech(nowNs);
        work += idleOnLoops(nowNs);
        work += submitFrames(nowNs, lanes.size());
        return work;
    }

    private int idleOnLoops(long nowNs) {
        int work = 0;
        for (int i = 0; i < tracks.size(); i++) {
            work += tracks.get(i).idleOnLoop(limits, nowNs);
        }
        return work;
    }

    private int takeIn() {
        int work = 0;
        for (int i = 0; i < tracks.size(); i++) {
            final SessionTrack track = tracks.get(i);
            try {
                work += track.drain();
            } catch (final Throwable e) {
                // Such as no memory for its speech.
                track.fail(e);
            }
        }
        return work;
    }

    private int deliver(long nowNs) {
        int work = 0;
        for (int i = 0; i < lanes.size(); i++) {
            for (Batch batch = lanes.get(i).pollDone();
                    batch != null;
                    batch = lanes.get(i).pollDone()) {
                meters.add(batch);
                switch (batch) {
                    case SpeechBatch speech -> {
                        speech.deliver(nowNs);
                        speechKind(speech.model()).free.addLast(speech);
                    }
                    case RenderBatch render -> {
                        final RenderKind kind = renderKind(render.model(), render.patchSize());
                        kind.served(nowNs - render.submittedNs());
                        render.deliver(nowNs);
                        kind.free.addLast(render);
                    }
                }
                work++;
            }
        }
        return work;
    }

    private @Nullable BatchQueue freeLane() {
        for (int i = 0; i < lanes.size(); i++) {
            if (lanes.get(i).hasRoom()) {
                return lanes.get(i);
            }
        }
        return null;
    }

    /** Speech goes before pictures, but not before those that a segment's sound waits for. */
    private int submitFirstWord(long nowNs) {
        for (int i = 0; i < tracks.size(); i++) {
            if (tracks.get(i).hasFirstWord(limits, nowNs)) {
                return submitFrames(nowNs, 1);
            }
        }
        return 0;
    }

    private int submitSpeech(long nowNs) {
        int work = 0;
        for (int k = 0; k < speechKinds.size(); k++) {
            final SpeechKind kind = speechKinds.get(k);
            BatchQueue lane = freeLane();
            while (lane != null && !kind.free.isEmpty() && formSpeech(kind.model, kind.free.getFirst())) {
                final SpeechBatch batch = kind.free.removeFirst();
                batch.submitted(nowNs);
                lane.submit(batch);
                work++;
                lane = freeLane();
            }
        }
        return work;
    }

    /**
     * Fills a batch with windows of one length: first words, then those of the sessions that want speech, turn by turn, then
     * those of any session that has some, because a call costs the same however many of its rows are used. How long a window
     * is depends on what of the segment has arrived alone, so that a film comes out the same every time.
     */
    private boolean formSpeech(LipSyncModel model, SpeechBatch batch) {
        int frames = 0;
        // What might as well be encoded later is no reason for a call.
        for (int i = 0; i < SpeechNeed.ALL.length - 1 && frames == 0; i++) {
            frames = framesOfNext(model, SpeechNeed.ALL[i]);
        }
        if (frames == 0) {
            return false;
        }
        batch.clear(frames);
        for (int i = 0; i < SpeechNeed.ALL.length; i++) {
            addRows(model, batch, SpeechNeed.ALL[i]);
        }
        firstTrack = (firstTrack + 1) % tracks.size();
        return true;
    }

    /** How long the window is of the next session, turn by turn, with such a need; 0 if there is none. */
    private int framesOfNext(LipSyncModel model, SpeechNeed least) {
        final int count = tracks.size();
        int frames = 0;
        for (int i = 0; i < count && frames == 0; i++) {
            final SessionTrack track = tracks.get((firstTrack + i) % count);
            if (track.model() == model && track.needs(least, limits)) {
                frames = track.framesToEncode();
            }
        }
        return frames;
    }

    /** Adds windows of the batch's length, one of each session after another, until it is full or nothing is left. */
    private void addRows(LipSyncModel model, SpeechBatch batch, SpeechNeed least) {
        final int count = tracks.size();
        boolean added = true;
        while (added) {
            added = false;
            for (int i = 0; i < count && !batch.isFull(); i++) {
                final SessionTrack track = tracks.get((firstTrack + i) % count);
                if (track.model() == model && track.needs(least, limits) && track.framesToEncode() == batch.frames()) {
                    track.encode(batch);
                    added = true;
                }
            }
        }
    }

    private int submitFrames(long nowNs, int most) {
        int work = 0;
        for (BatchQueue lane = freeLane(); lane != null && work < most; lane = freeLane()) {
            final RenderKind kind = nextKind(nowNs);
            if (kind == null) {
                return work;
            }
            final RenderBatch batch = kind.free.removeFirst();
            fill(batch, kind, nowNs);
            batch.submitted(nowNs);
            lane.submit(batch);
            work++;
        }
        return work;
    }

    /** The kind of batch whose most urgent frame is the most urgent of those that may leave now. */
    private @Nullable RenderKind nextKind(long nowNs) {
        RenderKind best = null;
        long bestDueNs = Long.MAX_VALUE;
        for (int k = 0; k < renderKinds.size(); k++) {
            final RenderKind kind = renderKinds.get(k);
            if (kind.free.isEmpty()) {
                continue;
            }
            long earliestNs = Long.MAX_VALUE;
            int wanted = 0;
            for (int i = 0; i < tracks.size(); i++) {
                final SessionTrack track = tracks.get(i);
                if (kind.isFor(track)) {
                    final long dueNs = track.dueNs(nowNs, limits, kind.serviceNs(limits));
                    earliestNs = Math.min(earliestNs, dueNs);
                    wanted += dueNs == Long.MAX_VALUE ? 0 : track.wanted(limits);
                }
            }
            final int rows = Math.min(wanted, kind.maxRows);
            final boolean leaves = rows == kind.maxRows || earliestNs - nowNs <= limits.leadNs(rows, kind.serviceNs);
            if (wanted > 0 && leaves && earliestNs < bestDueNs) {
                best = kind;
                bestDueNs = earliestNs;
            }
        }
        return best;
    }

    private void fill(RenderBatch batch, RenderKind kind, long nowNs) {
        batch.clear();
        while (!batch.isFull()) {
            SessionTrack next = null;
            long nextOrderNs = Long.MAX_VALUE;
            for (int i = 0; i < tracks.size(); i++) {
                final SessionTrack track = tracks.get(i);
                final long dueNs =
                        kind.isFor(track) ? track.dueNs(nowNs, limits, kind.serviceNs(limits)) : Long.MAX_VALUE;
                final long orderNs = track.orderNs(dueNs);
                if (orderNs < nextOrderNs) {
                    next = track;
                    nextOrderNs = orderNs;
                }
            }
            if (next == null) {
                return;
            }
            next.render(batch, kind.expectedNs(nowNs));
        }
    }

    private SpeechKind speechKind(LipSyncModel model) {
        for (int i = 0; i < speechKinds.size(); i++) {
            if (speechKinds.get(i).model == model) {
                return speechKinds.get(i);
            }
        }
        final SpeechKind kind = new SpeechKind(model, batchesPerKind);
        speechKinds.add(kind);
        return kind;
    }

    private RenderKind renderKind(LipSyncModel model, int patchSize) {
        for (int i = 0; i < renderKinds.size(); i++) {
            final RenderKind kind = renderKinds.get(i);
            if (kind.model == model && kind.patchSize == patchSize) {
                return kind;
            }
        }
        final RenderKind kind = new RenderKind(model, patchSize, limits.maxRows(), batchesPerKind);
        renderKinds.add(kind);
        return kind;
    }

    /** The speech batches of one model. */
    private static final class SpeechKind {
        private final LipSyncModel model;
        private final ArrayDeque<SpeechBatch> free = new ArrayDeque<>();

        SpeechKind(LipSyncModel model, int count) {
            this.model = model;
            final Manifest manifest = model.manifest();
            final Manifest.Encode encode = Objects.requireNonNull(manifest.encode(), "a lip-sync model has an encoder");
            for (int i = 0; i < count; i++) {
                free.addLast(new SpeechBatch(model, encode, manifest.sampleRateHz() / manifest.fps()));
            }
        }
    }

    /** The render batches of one model and patch size. */
    private static final class RenderKind {
        private final LipSyncModel model;
        private final int patchSize;
        private final int maxRows;
        private final ArrayDeque<RenderBatch> free = new ArrayDeque<>();
        private long serviceNs;
        private boolean hasServed;

        RenderKind(LipSyncModel model, int patchSize, int maxRows, int count) {
            this.model = model;
            this.patchSize = patchSize;
            final Manifest manifest = model.manifest();
            final Manifest.Render render = Objects.requireNonNull(manifest.render(), "a lip-sync model has a renderer");
            this.maxRows = Math.min(maxRows, render.batchBuckets().getLast());
            for (int i = 0; i < count; i++) {
                free.addLast(new RenderBatch(
                        model,
                        patchSize,
                        Objects.requireNonNull(manifest.encode(), "a lip-sync model has an encoder")
                                .features()
                                .size(),
                        render,
                        manifest.life().size(),
                        this.maxRows));
            }
        }

        /** A batch has taken so long, from hand to hand: what counts is a mean that is quicker to rise than to fall. */
        void served(long tookNs) {
            serviceNs += (tookNs - serviceNs) / (tookNs > serviceNs ? 2 : 16);
            hasServed = true;
        }

        /** When a batch that leaves now will be back, by those before; {@link Long#MAX_VALUE} for the first. */
        long expectedNs(long nowNs) {
            return hasServed ? nowNs + serviceNs : Long.MAX_VALUE;
        }

        long serviceNs(BatchLimits limits) {
            return Math.min(serviceNs, limits.maxServiceNs());
        }

        boolean isFor(SessionTrack track) {
            return track.model() == model && track.patchSize() == patchSize;
        }
    }
}
