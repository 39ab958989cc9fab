package dev.mouthpiece.model.pattern;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.Manifest.Parameter;
import dev.mouthpiece.model.Manifest.Patch;
import dev.mouthpiece.model.Manifest.Placement;
import dev.mouthpiece.model.Manifest.Render;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The model of the package {@code pattern}: its patch covers the whole frame and is white exactly in the frames in which
 * a 1 kHz beep sounds, so that a receiver can compare what it sees with what it hears. Needs no portrait.
 *
 * <p>Between beeps each avatar counts its frames and shows the number, so that frozen, repeated and lost frames are seen.
 */
public final class PatternModel implements LipSyncModel {
    private static final int BATCH = 8;
    private static final int SIZE_STEP = 64;
    private static final int MAX_SIZE = 1920;
    private static final int MAX_SLOTS = 1024;

    private final Manifest manifest;
    private final Encode encode;
    private final Render render;
    private final BitSet used = new BitSet();
    private final AtomicIntegerArray frames = new AtomicIntegerArray(MAX_SLOTS);

    /**
     * @throws ModelException if the package asks for another rate than the beep's
     */
    public PatternModel(ModelPackage files) {
        final Manifest written = files.manifest();
        if (written.sampleRateHz() != BeepDetector.SAMPLE_RATE_HZ || written.fps() != 25) {
            throw new ModelException("model.json: sampleRateHz and fps of a pattern must be "
                    + BeepDetector.SAMPLE_RATE_HZ + " and 25: " + written.sampleRateHz() + ", " + written.fps());
        }
        this.encode = new Encode(
                "",
                BATCH,
                BATCH,
                List.of(1, 2, 5),
                0,
                BeepDetector.WINDOW_SAMPLES,
                0,
                List.of(new Parameter("flash", 0, 1, 0)));
        this.render = new Render(
                "live", 0, List.of(1, 2, 4, BATCH), Placement.FRAME, 0.5f, 0.5f, 0.25f, patches(), List.of());
        this.manifest = new Manifest(
                written.name(),
                written.version(),
                written.title(),
                written.license(),
                written.kind(),
                written.quality(),
                written.engine(),
                written.sampleRateHz(),
                written.fps(),
                encode,
                List.of(),
                render,
                null,
                written.precision(),
                written.golden(),
                written.files());
    }

    private static List<Patch> patches() {
        final List<Patch> patches = new ArrayList<>();
        for (int size = SIZE_STEP; size <= MAX_SIZE; size += SIZE_STEP) {
            patches.add(new Patch(size, "", ""));
        }
        return List.copyOf(patches);
    }

    /** The package's manifest, with what the drawn model takes and gives. */
    @Override
    public Manifest manifest() {
        return manifest;
    }

    /** Gives a slot; looks at none of the pictures. */
    @Override
    public synchronized Identity prepare(int patchSize, ByteBuffer cropRgb, float[] landmarks, float[] person) {
        checkSize(patchSize);
        final int slot = used.nextClearBit(0);
        if (slot >= MAX_SLOTS) {
            throw new ModelException(manifest.name() + " has no slot left for another avatar: slots=" + MAX_SLOTS);
        }
        used.set(slot);
        frames.set(slot, 0);
        return new Slot(patchSize, slot);
    }

    private synchronized void free(int slot) {
        used.clear(slot);
    }

    /** The number of the slot's next frame, from 0 on. Any thread. */
    int nextFrame(long slot) {
        return frames.getAndIncrement((int) slot);
    }

    @Override
    public SpeechEncoder newEncoder() {
        return new PatternEncoder(encode, manifest.sampleRateHz() / manifest.fps());
    }

    @Override
    public PatchRenderer newRenderer(int patchSize) {
        checkSize(patchSize);
        return new PatternRenderer(this, render.batchBuckets(), patchSize);
    }

    private static void checkSize(int patchSize) {
        if (patchSize < SIZE_STEP || patchSize > MAX_SIZE || patchSize % SIZE_STEP != 0) {
            throw new IllegalArgumentException("pattern has patches of " + SIZE_STEP + ", " + 2 * SIZE_STEP + ", … "
                    + MAX_SIZE + " pixels: patchSize=" + patchSize);
        }
    }

    @Override
    public void close() {}

    private final class Slot implements Identity {
        private final int patchSize;
        private final int slot;
        private final AtomicBoolean closed = new AtomicBoolean();

        Slot(int patchSize, int slot) {
            this.patchSize = patchSize;
            this.slot = slot;
        }

        @Override
        public int patchSize() {
            return patchSize;
        }

        @Override
        public int slot() {
            return slot;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                free(slot);
            }
        }
    }
}
