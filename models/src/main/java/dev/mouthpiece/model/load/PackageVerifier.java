package dev.mouthpiece.model.load;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Checks that a package does what {@code models/README.md} promises: hashes, loading, shapes, golden results, the same
 * result every time, and rows that do not depend on each other. Runs on the calling thread, seconds per package.
 */
public final class PackageVerifier {
    private PackageVerifier() {}

    /**
     * Verifies the package in a folder, the manifest first.
     *
     * @param listener told of each check as it is done
     * @return all checks; the package is good if all are ok
     */
    public static List<Check> verify(Path folder, Consumer<Check> listener) {
        final CheckList list = new CheckList(listener);
        final ModelPackage[] opened = new ModelPackage[1];
        final boolean ok = list.check("model.json", () -> {
            opened[0] = ModelPackage.open(folder);
            final Manifest manifest = opened[0].manifest();
            return manifest.name() + " " + manifest.version() + ", "
                    + manifest.kind().name().toLowerCase(Locale.ROOT);
        });
        if (ok) {
            verify(opened[0], DeviceKind.CPU, list);
        }
        return list.checks();
    }

    /** {@link #verify(Path, Consumer)} for a package whose manifest was read. */
    public static List<Check> verify(ModelPackage files, Consumer<Check> listener) {
        return verify(files, DeviceKind.CPU, listener);
    }

    /** {@link #verify(ModelPackage, Consumer)} on a device; a GPU must be open. */
    public static List<Check> verify(ModelPackage files, DeviceKind device, Consumer<Check> listener) {
        final CheckList list = new CheckList(listener);
        verify(files, device, list);
        return list.checks();
    }

    private static void verify(ModelPackage files, DeviceKind device, CheckList list) {
        final boolean intact = list.check("files", () -> {
            files.manifest().files().keySet().forEach(files::file);
            return String.format(
                    Locale.ROOT,
                    "%d files, %.1f MB, all as the manifest says",
                    files.manifest().files().size(),
                    files.totalBytes() / 1e6);
        });
        if (intact) {
            switch (files.manifest().kind()) {
                case LIPSYNC -> new LipSyncChecks(files, device, list).run();
                case FACE -> new FaceChecks(files, list).run();
                case PATTERN -> list.check("pattern", () -> pattern(files));
            }
        }
    }

    private static String pattern(ModelPackage files) {
        try (LipSyncModel model = Models.open(files, DeviceKind.CPU)) {
            final Manifest.Render render = model.manifest().requireRender();
            if (render.placement() != Manifest.Placement.FRAME) {
                throw new ModelException("a pattern must cover the frame");
            }
            return "drawn, patches of " + render.patches().getFirst().size() + " to "
                    + render.patches().getLast().size() + " pixels";
        }
    }
}
