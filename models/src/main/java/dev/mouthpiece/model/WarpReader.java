package dev.mouthpiece.model;

import dev.mouthpiece.device.warp.WarpLayout;
import dev.mouthpiece.device.warp.WarpLayout.Inset;
import dev.mouthpiece.device.warp.WarpLayout.Light;
import dev.mouthpiece.model.Manifest.IdentityTensor;
import dev.mouthpiece.model.Manifest.Patch;
import dev.mouthpiece.model.Manifest.Warp;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** Reads and checks a patch's {@code warp}. */
final class WarpReader {
    private static final int MAX_INSETS = 16;
    private static final Pattern TENSOR = Pattern.compile("[^\\p{Cntrl}]+");
    private static final Pattern MAP = Pattern.compile("replace|add");
    private static final Pattern PAINT = Pattern.compile("below|above");

    private WarpReader() {}

    /**
     * @param size the patch's
     * @param file reads the name of a file of the package out of a field
     */
    static Warp read(JsonFields warp, int size, BiFunction<JsonFields, String, String> file) {
        final Light light = light(warp.object("light"), size);
        final int lattice = warp.integer("lattice", 2, size);
        final List<Inset> insets = warp.objects("insets", 0, MAX_INSETS, inset -> inset(inset, size));
        return new Warp(
                file.apply(warp, "file"),
                warp.text("texture", TENSOR, "an identity tensor"),
                warp.text("ground", TENSOR, "an identity tensor"),
                new WarpLayout(size, lattice, light, insets));
    }

    private static Light light(JsonFields light, int size) {
        final int x = light.integer("x", 0, size - 2);
        final int y = light.integer("y", 0, size - 2);
        final int width = light.integer("width", 2, size - x);
        final int height = light.integer("height", 2, size - y);
        return new Light(x, y, width, height, light.integer("columns", 2, width), light.integer("rows", 2, height));
    }

    private static Inset inset(JsonFields inset, int size) {
        return new Inset(
                inset.integer("width", 1, size),
                inset.integer("height", 1, size),
                inset.text("map", MAP, "replace or add").equals("add"),
                inset.text("paint", PAINT, "below or above (the light)").equals("below"));
    }

    /** A warp's tensors must be there, one avatar's after the other. */
    static void checkTensors(JsonFields render, List<Patch> patches, List<IdentityTensor> identity) {
        for (Patch patch : patches) {
            final Warp warp = patch.warp();
            if (warp != null) {
                checkTensor(render, identity, warp.texture());
                checkTensor(render, identity, warp.ground());
            }
        }
    }

    private static void checkTensor(JsonFields render, List<IdentityTensor> identity, String name) {
        if (!identity.contains(new IdentityTensor(name, 0))) {
            throw render.error("identity", "must list " + name + ", which a warp draws with, at dim 0", null);
        }
    }
}
