package dev.mouthpiece.model.load;

import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.LipSyncModel.Identity;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.Manifest.Parameter;
import dev.mouthpiece.model.Manifest.Patch;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.djl.GoldenArchive;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** What the modules of one patch size must do. */
final class PatchChecks {
    private static final long SEED = 1;

    private final LipSyncModel model;
    private final Manifest manifest;
    private final Patch patch;
    private final Portrait portrait;
    private final String renderer;
    private final String label;
    private final CheckList list;
    private final int rowBytes;
    private final List<Integer> buckets;

    /**
     * @param portrait of the patch's size
     * @param renderer the module that this device draws patches with
     * @param label ends the checks' names
     */
    PatchChecks(LipSyncModel model, Patch patch, Portrait portrait, String renderer, String label, CheckList list) {
        this.model = model;
        this.renderer = renderer;
        this.label = label;
        this.manifest = model.manifest();
        this.patch = patch;
        this.portrait = portrait;
        this.list = list;
        this.rowBytes = 3 * patch.size() * patch.size();
        this.buckets = manifest.requireRender().batchBuckets();
    }

    void run() {
        final Identity[] prepared = new Identity[1];
        if (!list.check(patch.prepare() + label, () -> {
            prepared[0] = portrait.prepare(model);
            return "makes an avatar";
        })) {
            return;
        }
        try (Identity identity = prepared[0]) {
            list.check(renderer + label, () -> calls(identity));
            list.check("render rows of " + patch.size() + label, () -> rows(identity));
            list.check("render slots of " + patch.size() + label, () -> slots(identity));
        }
    }

    /** Prepare, a bank of one, render. */
    static String golden(LipSyncModel model, GoldenArchive archive, double tolerance) {
        final Portrait portrait = Portrait.of(archive);
        final float[] features = archive.floats("features");
        final float[] life = archive.floats("life");
        final int rows = archive.size("features", 0);
        final int bucket = bucket(model.manifest().requireRender().batchBuckets(), rows);
        try (Identity identity = portrait.prepare(model);
                PatchRenderer renderer = model.newRenderer(portrait.side())) {
            put("features", renderer.features(bucket), features, bucket, rows);
            put("life", renderer.life(bucket), life, bucket, rows);
            setSlots(renderer, bucket, identity.slot());
            final ByteBuffer patches = renderer.run(bucket).slice(0, rows * 3 * portrait.side() * portrait.side());
            return new Difference().of("patch", archive.bytes("patch"), patches).within(tolerance);
        }
    }

    /** The smallest bucket with room for the rows. */
    private static int bucket(List<Integer> buckets, int rows) {
        for (int bucket : buckets) {
            if (bucket >= rows) {
                return bucket;
            }
        }
        throw new ModelException("features must have at most " + buckets.getLast() + " rows: " + rows);
    }

    /** The golden's rows; what remains of the bucket stays zero. */
    private static void put(String name, FloatBuffer target, float[] values, int bucket, int rows) {
        if (values.length != target.capacity() / bucket * rows) {
            throw new ModelException(name + " must have " + target.capacity() / bucket + " values a row: "
                    + values.length + " in " + rows + " rows");
        }
        target.put(0, values);
    }

    /** Shape and type are looked at by the renderer itself. */
    private String calls(Identity identity) {
        try (PatchRenderer renderer = model.newRenderer(patch.size())) {
            long nsPerFrame = Long.MAX_VALUE;
            for (int bucket : buckets) {
                fill(renderer, bucket, identity.slot(), new Random(SEED));
                final ByteBuffer first = copy(renderer.run(bucket));
                final long start = System.nanoTime();
                final ByteBuffer second = renderer.run(bucket);
                nsPerFrame = Math.min(nsPerFrame, (System.nanoTime() - start) / bucket);
                if (!first.equals(second)) {
                    throw new ModelException(
                            "the same parameters give another picture the second time: rows=" + bucket);
                }
            }
            return String.format(
                    Locale.ROOT, "%s rows, the same bits twice, %.1f ms a frame", buckets, nsPerFrame / 1e6);
        }
    }

    /** A row stays as it is when those around it change. */
    private String rows(Identity identity) {
        final int bucket = buckets.getLast();
        final Random random = new Random(SEED);
        try (PatchRenderer renderer = model.newRenderer(patch.size())) {
            fill(renderer, bucket, identity.slot(), random);
            final float[] features = row(renderer.features(bucket), bucket, bucket - 1);
            final float[] life = row(renderer.life(bucket), bucket, bucket - 1);
            final ByteBuffer before = copy(renderer.run(bucket));

            fill(renderer, bucket, identity.slot(), random);
            renderer.features(bucket).put((bucket - 1) * features.length, features);
            renderer.life(bucket).put((bucket - 1) * life.length, life);
            final ByteBuffer after = renderer.run(bucket);

            final int last = (bucket - 1) * rowBytes;
            if (!before.slice(last, rowBytes).equals(after.slice(last, rowBytes))) {
                throw new ModelException("a row depends on its neighbours");
            }
            return "each the same bits whatever its neighbours";
        }
    }

    /** An avatar looks the same in another slot, to a level, and unlike its neighbour. */
    private String slots(Identity identity) {
        final int bucket = buckets.getFirst();
        try (PatchRenderer renderer = model.newRenderer(patch.size());
                Identity other = portrait.inverted().prepare(model);
                Identity again = portrait.prepare(model)) {
            fill(renderer, bucket, identity.slot(), new Random(SEED));
            final ByteBuffer expected = copy(renderer.run(bucket));
            setSlots(renderer, bucket, other.slot());
            if (copy(renderer.run(bucket)).equals(expected)) {
                throw new ModelException("two portraits look the same: the renderer ignores the slot");
            }
            setSlots(renderer, bucket, again.slot());
            return new Difference().of("patch", expected, renderer.run(bucket)).within(1);
        }
    }

    private void fill(PatchRenderer renderer, int bucket, int slot, Random random) {
        fill(renderer.features(bucket), manifest.requireEncode().features(), random);
        fill(renderer.life(bucket), manifest.life(), random);
        setSlots(renderer, bucket, slot);
    }

    private static void setSlots(PatchRenderer renderer, int bucket, int slot) {
        for (int row = 0; row < bucket; row++) {
            renderer.slots(bucket).put(row, slot);
        }
    }

    private static void fill(FloatBuffer values, List<Parameter> parameters, Random random) {
        for (int i = 0; i < values.capacity(); i++) {
            final Parameter parameter = parameters.get(i % parameters.size());
            values.put(i, parameter.min() + random.nextFloat() * (parameter.max() - parameter.min()));
        }
    }

    private static float[] row(FloatBuffer values, int rows, int row) {
        final float[] copy = new float[values.capacity() / rows];
        values.get(row * copy.length, copy);
        return copy;
    }

    private static ByteBuffer copy(ByteBuffer patches) {
        return ByteBuffer.allocate(patches.capacity()).put(0, patches, 0, patches.capacity());
    }
}
