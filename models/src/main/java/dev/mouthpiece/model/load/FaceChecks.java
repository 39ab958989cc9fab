package dev.mouthpiece.model.load;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.FaceFinder.FaceScan;
import dev.mouthpiece.model.Manifest.Golden;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.djl.GoldenArchive;
import dev.mouthpiece.model.djl.TorchFaceFinder;
import java.util.Arrays;
import java.util.Locale;

/** What a face package must do. */
final class FaceChecks {
    private static final float MIN_SCORE = 0.5f;

    private final ModelPackage files;
    private final CheckList list;

    FaceChecks(ModelPackage files, CheckList list) {
        this.files = files;
        this.list = list;
    }

    void run() {
        final TorchFaceFinder[] loaded = new TorchFaceFinder[1];
        if (!list.check("modules", () -> {
            loaded[0] = new TorchFaceFinder(files, DeviceKind.CPU);
            return "load";
        })) {
            return;
        }
        try (TorchFaceFinder finder = loaded[0]) {
            for (Golden golden : files.manifest().golden()) {
                final GoldenArchive[] archive = new GoldenArchive[1];
                list.check(golden.file(), () -> {
                    archive[0] = GoldenArchive.read(files, golden.file());
                    return switch (golden.module()) {
                        case "face" -> scan(finder, golden, archive[0]);
                        case "sample" -> sample(finder, golden, archive[0]);
                        default -> throw new ModelException("a face package has no module " + golden.module());
                    };
                });
                if (golden.module().equals("face") && archive[0] != null) {
                    list.check("face landmarks", () -> landmarks(finder, archive[0]));
                    list.check("face twice", () -> twice(finder, archive[0]));
                }
            }
        }
    }

    private static FaceScan scan(TorchFaceFinder finder, GoldenArchive archive) {
        return finder.scan(archive.bytes("image"), archive.size("image", 1), archive.size("image", 0));
    }

    private static String scan(TorchFaceFinder finder, Golden golden, GoldenArchive archive) {
        final FaceScan scan = scan(finder, archive);
        return new Difference()
                .of("landmarks", archive.floats("landmarks"), scan.landmarks())
                .of("scores", archive.floats("scores"), new float[] {scan.detectorScore(), scan.meshScore()})
                .of("boxes", archive.floats("boxes"), scan.boxes())
                .of("mask", archive.floats("mask"), scan.mask())
                .of("maskBox", archive.floats("maskBox"), scan.maskBox())
                .within(golden.tolerance());
    }

    private static String sample(TorchFaceFinder finder, Golden golden, GoldenArchive archive) {
        final float[] levels = finder.sampleLevels(
                archive.bytes("image"),
                archive.size("image", 1),
                archive.size("image", 0),
                archive.floats("window"),
                archive.size("out", 1),
                archive.size("out", 0));
        return new Difference().of("out", archive.floats("out"), levels).within(golden.tolerance());
    }

    private static String landmarks(TorchFaceFinder finder, GoldenArchive archive) {
        final FaceScan scan = scan(finder, archive);
        if (scan.faceCount() == 0 || scan.detectorScore() < MIN_SCORE || scan.meshScore() < MIN_SCORE) {
            throw new ModelException("finds no face in its golden picture: faces=" + scan.faceCount() + " detector="
                    + scan.detectorScore() + " mesh=" + scan.meshScore());
        }
        final int width = archive.size("image", 1);
        final int height = archive.size("image", 0);
        int inside = 0;
        for (int i = 0; i < scan.landmarks().length; i += 3) {
            final float x = scan.landmarks()[i];
            final float y = scan.landmarks()[i + 1];
            inside += x >= 0 && x <= width && y >= 0 && y <= height ? 1 : 0;
        }
        if (2 * inside < scan.landmarks().length / 3) {
            throw new ModelException("most landmarks lie outside the picture: inside=" + inside);
        }
        return String.format(
                Locale.ROOT,
                "%d of %d inside the picture, scores %.2f and %.2f",
                inside,
                scan.landmarks().length / 3,
                scan.detectorScore(),
                scan.meshScore());
    }

    private static String twice(TorchFaceFinder finder, GoldenArchive archive) {
        final FaceScan first = scan(finder, archive);
        final FaceScan second = scan(finder, archive);
        if (!Arrays.equals(first.landmarks(), second.landmarks()) || !Arrays.equals(first.mask(), second.mask())) {
            throw new ModelException("the same picture gives another result the second time");
        }
        return "the same bits";
    }
}
