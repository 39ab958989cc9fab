package dev.mouthpiece.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.model.Manifest.Box;
import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.Manifest.Face;
import dev.mouthpiece.model.Manifest.FileEntry;
import dev.mouthpiece.model.Manifest.Golden;
import dev.mouthpiece.model.Manifest.IdentityTensor;
import dev.mouthpiece.model.Manifest.Kind;
import dev.mouthpiece.model.Manifest.Parameter;
import dev.mouthpiece.model.Manifest.Patch;
import dev.mouthpiece.model.Manifest.Placement;
import dev.mouthpiece.model.Manifest.Render;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and checks {@code model.json}, schema 1. The limits here are those of the contract, {@code models/README.md}. */
final class ManifestReader {
    static final String FILE = "model.json";

    private static final int SCHEMA = 1;
    /** A manifest that lists thousands of features still has a tenth of this. */
    private static final long MAX_BYTES = 8 << 20;

    private static final int MAX_ROWS = 64;
    private static final int MAX_FEATURES = 65_536;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern WORDS = Pattern.compile("[^\\p{Cntrl}]*[^\\s\\p{Cntrl}][^\\p{Cntrl}]*");
    private static final Pattern FILE_NAME = Pattern.compile("(?!.*\\.\\.)[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern QUALITY = Pattern.compile("standard|mock");
    private static final Pattern IDLE = Pattern.compile("live|loop");
    private static final Pattern MODULE = Pattern.compile("encode|talk|face|sample");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonFields root;
    private final Map<String, FileEntry> files;

    private ManifestReader(JsonFields root) {
        this.root = root;
        final int schema = root.integer("schema", 1, Integer.MAX_VALUE);
        if (schema != SCHEMA) {
            throw root.error(
                    "schema",
                    "must be " + SCHEMA + ", this worker knows no other",
                    root.node().get("schema"));
        }
        this.files = readFiles(root.object("files"));
    }

    /**
     * Reads the manifest of the package in {@code folder}.
     *
     * @throws ModelException if it is missing, no JSON or breaks the contract
     */
    static Manifest read(Path folder) {
        final Path file = folder.resolve(FILE);
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelException(folder + " is no model package: it has no " + FILE);
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new ModelException(file + " must be at most " + MAX_BYTES + " bytes: " + Files.size(file));
            }
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Checks a manifest's text. */
    static Manifest parse(String text) {
        final JsonNode node;
        try (JsonParser parser = JSON.createParser(text)) {
            node = JSON.readTree(parser);
        } catch (JsonProcessingException e) {
            throw new ModelException(FILE + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelException(FILE + " cannot be read: " + e.getMessage(), e);
        }
        if (node == null || !node.isObject()) {
            throw new ModelException(FILE + " must be a JSON object");
        }
        return new ManifestReader(new JsonFields(FILE, "", node)).manifest();
    }

    private Manifest manifest() {
        final Kind kind = root.constant("kind", Kind.class);
        final boolean lipSync = kind == Kind.LIPSYNC;
        final boolean speaks = kind != Kind.FACE;
        final int sampleRateHz = speaks ? root.integer("sampleRateHz", 8000, 48_000) : 0;
        final int fps = speaks ? root.integer("fps", 1, 60) : 0;
        if (speaks && sampleRateHz % fps != 0) {
            throw root.error(
                    "fps",
                    "must divide sampleRateHz=" + sampleRateHz,
                    root.node().get("fps"));
        }
        final Render render = lipSync ? render(root.object("render")) : null;
        return new Manifest(
                root.text("name", NAME, "a name of a-z, 0-9, '.', '_' and '-'"),
                words(root, "version"),
                words(root, "title"),
                words(root, "license"),
                kind,
                root.text("quality", QUALITY, "standard or mock"),
                engine(kind),
                sampleRateHz,
                fps,
                lipSync ? encode(root.object("encode"), sampleRateHz) : null,
                lipSync ? root.objects("life", 0, 256, ManifestReader::parameter) : List.of(),
                render,
                kind == Kind.FACE ? face(root.object("face")) : null,
                precision(),
                root.has("golden") ? root.objects("golden", 0, 256, golden -> golden(golden, render)) : List.of(),
                files);
    }

    private static String words(JsonFields fields, String name) {
        return fields.text(name, WORDS, "a line of text");
    }

    private String engine(Kind kind) {
        final String expected = kind == Kind.PATTERN ? "java" : "torchscript";
        return root.text("engine", Pattern.compile(expected), expected);
    }

    private Map<String, String> precision() {
        if (!root.has("precision")) {
            return Map.of();
        }
        final JsonFields precision = root.object("precision");
        return precision.fields(device -> words(precision, device));
    }

    private Encode encode(JsonFields encode, int sampleRateHz) {
        final int batch = encode.integer("batch", 1, MAX_ROWS);
        return new Encode(
                file(encode, "file"),
                batch,
                encode.has("batchCuda") ? encode.integer("batchCuda", 1, MAX_ROWS) : batch,
                encode.ascending("framesPerCall", 1, 100, 16),
                encode.integer("contextSamples", 0, 10 * sampleRateHz),
                encode.integer("lookaheadSamples", 0, 2 * sampleRateHz),
                encode.integer("offsetMs", -1000, 1000),
                encode.objects("features", 1, MAX_FEATURES, ManifestReader::parameter));
    }

    private static Parameter parameter(JsonFields parameter) {
        final double min = parameter.number("min", -1e6, 1e6);
        final double max = parameter.number("max", min, 1e6);
        final double rest = parameter.number("rest", min, max);
        return new Parameter(words(parameter, "name"), (float) min, (float) max, (float) rest);
    }

    private Render render(JsonFields render) {
        final JsonFields mouth = render.object("mouth");
        final List<Patch> patches = render.objects("patches", 1, 64, this::patch);
        for (int i = 1; i < patches.size(); i++) {
            if (patches.get(i).size() <= patches.get(i - 1).size()) {
                throw render.error("patches", "must ascend by size", null);
            }
        }
        final List<IdentityTensor> identity = render.objects("identity", 1, 256, ManifestReader::identityTensor);
        WarpReader.checkTensors(render, patches, identity);
        final Placement placement =
                render.has("placement") ? render.constant("placement", Placement.class) : Placement.FACE;
        return new Render(
                render.text("idle", IDLE, "live or loop"),
                render.has("easeMs") ? render.integer("easeMs", 0, 2_000) : Render.DEFAULT_EASE_MS,
                render.ascending("batchBuckets", 1, MAX_ROWS, 16),
                placement,
                (float) mouth.number("x", 0, 1),
                (float) mouth.number("y", 0, 1),
                (float) render.number("eyeDistance", 0.01, 1),
                patches,
                identity,
                placement == Placement.BOX ? box(render.object("box")) : null);
    }

    private static Box box(JsonFields box) {
        return new Box(
                (float) box.number("left", -0.4, 2),
                (float) box.number("top", -0.4, 2),
                (float) box.number("right", -0.4, 2),
                (float) box.number("bottom", -0.4, 2),
                (float) box.number("feather", 0, 256));
    }

    private Patch patch(JsonFields patch) {
        final String render = file(patch, "render");
        final int size = patch.integer("size", 16, 2048);
        return new Patch(
                size,
                file(patch, "prepare"),
                render,
                patch.has("renderCuda") ? file(patch, "renderCuda") : render,
                patch.has("renderBfloat16") ? file(patch, "renderBfloat16") : render,
                patch.has("warp") ? WarpReader.read(patch.object("warp"), size, this::file) : null);
    }

    private static IdentityTensor identityTensor(JsonFields tensor) {
        return new IdentityTensor(words(tensor, "name"), tensor.integer("dim", 0, 7));
    }

    private Face face(JsonFields face) {
        return new Face(file(face, "file"), file(face, "sample"));
    }

    private Golden golden(JsonFields golden, @Nullable Render render) {
        final String module = golden.text("module", MODULE, "encode, talk, face or sample");
        Integer patch = null;
        if (module.equals("talk")) {
            final int size = golden.integer("patch", 16, 2048);
            if (render == null || render.patches().stream().noneMatch(known -> known.size() == size)) {
                throw golden.error(
                        "patch", "must be the size of a patch", golden.node().get("patch"));
            }
            patch = size;
        }
        final double tolerance = golden.number("tolerance", 0, 255);
        return new Golden(
                file(golden, "file"),
                module,
                patch,
                tolerance,
                golden.has("toleranceBfloat16") ? golden.number("toleranceBfloat16", 0, 255) : tolerance,
                golden.has("toleranceWarp") ? golden.number("toleranceWarp", 0, 255) : tolerance);
    }

    /** The name of a file of the package. */
    private String file(JsonFields fields, String name) {
        final String file = fields.text(name, FILE_NAME, "a file of the package");
        if (!files.containsKey(file)) {
            throw fields.error(name, "must be listed in files", fields.node().get(name));
        }
        return file;
    }

    private static Map<String, FileEntry> readFiles(JsonFields files) {
        return files.fields(name -> {
            if (!FILE_NAME.matcher(name).matches() || name.equals(FILE)) {
                throw files.error(name, "must be a path inside the package, other than " + FILE, null);
            }
            final JsonFields entry = files.object(name);
            return new FileEntry(entry.text("sha256", SHA256, "64 hexadecimal digits"), entry.size("bytes"));
        });
    }
}
