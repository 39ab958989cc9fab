package dev.mouthpiece.model.load;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.CpuPrecision;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.Manifest.Golden;
import dev.mouthpiece.model.Manifest.Parameter;
import dev.mouthpiece.model.Manifest.Patch;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.SpeechEncoder;
import dev.mouthpiece.model.djl.GoldenArchive;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** What a lip-sync package must do. Its patches are checked with the portrait of its {@code talk} golden. */
final class LipSyncChecks {
    private static final long SEED = 1;

    private final ModelPackage files;
    private final Manifest manifest;
    private final Encode encode;
    private final DeviceKind device;
    private final CheckList list;

    LipSyncChecks(ModelPackage files, DeviceKind device, CheckList list) {
        this.device = device;
        this.files = files;
        this.manifest = files.manifest().on(device);
        this.encode = manifest.requireEncode();
        this.list = list;
    }

    void run() {
        final LipSyncModel[] loaded = new LipSyncModel[1];
        if (!list.check(encode.file(), () -> {
            loaded[0] = Models.open(files.withoutWarps(), device, CpuPrecision.FLOAT32);
            return "loads";
        })) {
            return;
        }
        try (LipSyncModel model = loaded[0]) {
            for (int frames : encode.framesPerCall()) {
                list.check("encode of " + frames + (frames == 1 ? " frame" : " frames"), () -> call(model, frames));
            }
            list.check("encode rows", () -> rows(model));
            for (Golden golden : manifest.golden()) {
                if (golden.module().equals("encode")) {
                    list.check(golden.file(), () -> golden(model, golden));
                }
            }
            talk(model, CpuPrecision.FLOAT32, "", Golden::tolerance);
        }
        if (device == DeviceKind.CPU && hasWarp()) {
            try (LipSyncModel model = Models.open(files, device, CpuPrecision.FLOAT32)) {
                talk(model, CpuPrecision.FLOAT32, ", warp", Golden::toleranceWarp);
            }
        }
        if (device == DeviceKind.CPU && hasBfloat16() && CpuPrecision.chosen() == CpuPrecision.BFLOAT16) {
            try (LipSyncModel model = Models.open(files, device, CpuPrecision.BFLOAT16)) {
                talk(model, CpuPrecision.BFLOAT16, ", " + CpuPrecision.BFLOAT16, Golden::toleranceBfloat16);
            }
        }
    }

    private boolean hasBfloat16() {
        return manifest.requireRender().patches().stream()
                .anyMatch(patch -> !patch.renderBfloat16().equals(patch.render()));
    }

    private boolean hasWarp() {
        return manifest.requireRender().patches().stream().anyMatch(patch -> patch.warp() != null);
    }

    private void talk(LipSyncModel model, CpuPrecision precision, String label, ToDoubleFunction<Golden> tolerance) {
        for (Golden golden : manifest.golden()) {
            if (golden.module().equals("talk")) {
                list.check(
                        golden.file() + label,
                        () -> PatchChecks.golden(model, read(golden), tolerance.applyAsDouble(golden)));
            }
        }
        patches(model, precision, label);
    }

    private GoldenArchive read(Golden golden) {
        return GoldenArchive.read(files, golden.file());
    }

    private void patches(LipSyncModel model, CpuPrecision precision, String label) {
        final Portrait[] read = new Portrait[1];
        if (!list.check("portrait" + label, () -> {
            read[0] = Portrait.ofGolden(files);
            return "the talk golden's, " + read[0].side() + " pixels";
        })) {
            return;
        }
        for (Patch patch : model.manifest().requireRender().patches()) {
            final String renderer = patch.renderer(device, precision);
            new PatchChecks(model, patch, read[0].resized(patch.size()), renderer, label, list).run();
        }
    }

    private String golden(LipSyncModel model, Golden golden) {
        final GoldenArchive archive = read(golden);
        final int frames = archive.size("features", 1);
        try (SpeechEncoder encoder = model.newEncoder()) {
            final float[] pcm = archive.floats("pcm");
            final FloatBuffer input = encoder.input(frames);
            final int rows = archive.size("pcm", 0);
            final int samples = input.capacity() / encode.batch();
            final int values = frames * encode.features().size();
            if (pcm.length != rows * samples) {
                throw new ModelException(
                        "pcm must have rows of " + samples + " samples: " + pcm.length + " in " + rows);
            }
            final float[] features = new float[rows * values];
            for (int row = 0; row < rows; row += encode.batch()) {
                final int count = Math.min(encode.batch(), rows - row);
                input.put(0, new float[input.capacity()]);
                input.put(0, pcm, row * samples, count * samples);
                encoder.run(frames).get(0, features, row * values, count * values);
            }
            return new Difference()
                    .of("features", archive.floats("features"), features)
                    .within(golden.tolerance());
        }
    }

    /** Shape and type are looked at by the encoder itself. */
    private String call(LipSyncModel model, int frames) {
        try (SpeechEncoder encoder = model.newEncoder()) {
            encoder.input(frames).put(0, noise(encoder.input(frames).capacity()));
            final float[] features = floats(encoder.run(frames));
            if (!Arrays.equals(features, floats(encoder.run(frames)))) {
                throw new ModelException("the same speech gives other features the second time");
            }
            checkRanges(features);
            return "f32 [" + encode.batch() + ", " + frames + ", "
                    + encode.features().size() + "], in range, the same bits twice";
        }
    }

    private void checkRanges(float[] features) {
        for (int i = 0; i < features.length; i++) {
            final Parameter parameter =
                    encode.features().get(i % encode.features().size());
            if (!(features[i] >= parameter.min() && features[i] <= parameter.max())) {
                throw new ModelException("feature " + parameter.name() + " must be " + parameter.min() + ".."
                        + parameter.max() + ": " + features[i]);
            }
        }
    }

    /** A row among others, alone, and in another place. */
    private String rows(LipSyncModel model) {
        final int frames = encode.framesPerCall().getLast();
        try (SpeechEncoder encoder = model.newEncoder()) {
            final FloatBuffer input = encoder.input(frames);
            final int samples = input.capacity() / encode.batch();
            final int values = frames * encode.features().size();
            final float[] speech = noise(input.capacity());
            input.put(0, speech);
            final float[] together = floats(encoder.run(frames));
            for (int row = 0; row < encode.batch(); row++) {
                input.put(0, new float[input.capacity()]);
                final int place = (row + 1) % encode.batch();
                input.put(place * samples, speech, row * samples, samples);
                final float[] alone = floats(encoder.run(frames));
                if (!Arrays.equals(
                        alone, place * values, (place + 1) * values, together, row * values, (row + 1) * values)) {
                    throw new ModelException("row " + row + " depends on its place or on its neighbours");
                }
            }
            return "each the same bits alone and among others";
        }
    }

    private static float[] noise(int length) {
        final Random random = new Random(SEED);
        final float[] noise = new float[length];
        for (int i = 0; i < length; i++) {
            noise[i] = (float) Math.clamp(random.nextGaussian() / 10, -1, 1);
        }
        return noise;
    }

    private static float[] floats(FloatBuffer buffer) {
        final float[] floats = new float[buffer.capacity()];
        buffer.get(0, floats);
        return floats;
    }
}
