package dev.mouthpiece.model;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.warp.WarpLayout;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A package's {@code model.json}, validated. The contract is written down in {@code models/README.md}.
 *
 * @param name what {@code --model} takes
 * @param title one sentence for lists
 * @param quality {@code standard}, or {@code mock} for measuring models
 * @param engine {@code torchscript}, or {@code java} where the worker draws
 * @param sampleRateHz rate of the mono speech the encoder takes; 0 if {@code kind} is face
 * @param fps video frames per second; 0 if {@code kind} is face
 * @param encode speech to features; null in a file unless {@code kind} is lipsync, never null in a loaded
 *     {@link LipSyncModel}
 * @param life parameters of the living face, in the renderer's order; empty unless {@code kind} is lipsync
 * @param render features to patches; null like {@code encode}
 * @param face the face finder's files; null unless {@code kind} is face
 * @param precision arithmetic per device kind, in words: {@code cpu: float32 or bfloat16}
 * @param golden inputs with expected outputs
 * @param files size and hash of every file of the package
 */
public record Manifest(
        String name,
        String version,
        String title,
        String license,
        Kind kind,
        String quality,
        String engine,
        int sampleRateHz,
        int fps,
        @Nullable Encode encode,
        List<Parameter> life,
        @Nullable Render render,
        @Nullable Face face,
        Map<String, String> precision,
        List<Golden> golden,
        Map<String, FileEntry> files) {

    /**
     * {@link #encode}, where it must be there: always in a loaded {@link LipSyncModel}.
     *
     * @throws ModelException if the package is no lip-sync model
     */
    public Encode requireEncode() {
        return require(encode);
    }

    /** {@link #render}, likewise. */
    public Render requireRender() {
        return require(render);
    }

    /** What holds on a device: there {@link Encode#batch} is that device's. */
    public Manifest on(DeviceKind device) {
        return encode == null || device == DeviceKind.CPU ? this : with(encode.withBatch(encode.batchCuda()), render);
    }

    /** The same model, drawn by its renderers on every device. */
    Manifest withoutWarps() {
        return with(encode, render == null ? null : render.withoutWarps());
    }

    private Manifest with(@Nullable Encode newEncode, @Nullable Render newRender) {
        return new Manifest(
                name,
                version,
                title,
                license,
                kind,
                quality,
                engine,
                sampleRateHz,
                fps,
                newEncode,
                life,
                newRender,
                face,
                precision,
                golden,
                files);
    }

    private <T> T require(@Nullable T part) {
        if (part == null) {
            throw new ModelException(
                    name + " is no lip-sync model: kind=" + kind.name().toLowerCase(Locale.ROOT));
        }
        return part;
    }

    /** What a package is for. */
    public enum Kind {
        LIPSYNC,
        FACE,
        PATTERN
    }

    /** A value that the renderer takes. {@code rest} is its value in a silent, still face. */
    public record Parameter(String name, float min, float max, float rest) {}

    /**
     * Speech to features.
     *
     * @param batch rows of every call on a CPU; those of a call on the device at hand in {@link Manifest#on}
     * @param batchCuda rows of every call on a GPU
     * @param framesPerCall numbers of new frames a call may have, ascending
     * @param contextSamples samples before the first new frame that the window covers
     * @param lookaheadSamples samples after the last new frame's end that the window covers
     * @param offsetMs how much later than its samples a frame is to be shown; calibrates a model
     */
    public record Encode(
            String file,
            int batch,
            int batchCuda,
            List<Integer> framesPerCall,
            int contextSamples,
            int lookaheadSamples,
            int offsetMs,
            List<Parameter> features) {
        private Encode withBatch(int rows) {
            return new Encode(
                    file, rows, batchCuda, framesPerCall, contextSamples, lookaheadSamples, offsetMs, features);
        }
    }

    /**
     * Features to patches.
     *
     * @param idle {@code live}: rendered with features at rest; {@code loop}: prepared frames
     * @param easeMs after speech the features come to rest within this time; 0 at once, as measuring models want it
     * @param batchBuckets numbers of rows a call may have, ascending
     * @param placement how an avatar's frame and its patch lie to each other
     * @param mouthX column of the middle of the mouth corners in a patch, as a share of its side
     * @param mouthY its row, likewise
     * @param eyeDistance distance of the irises in a patch, as a share of its side
     * @param patches the patch sizes there are, ascending
     * @param identity along which dimension each identity tensor is concatenated to the bank
     * @param box where {@code placement} is {@code BOX}; else null
     */
    public record Render(
            String idle,
            int easeMs,
            List<Integer> batchBuckets,
            Placement placement,
            float mouthX,
            float mouthY,
            float eyeDistance,
            List<Patch> patches,
            List<IdentityTensor> identity,
            @Nullable Box box) {
        private Render withoutWarps() {
            return new Render(
                    idle,
                    easeMs,
                    batchBuckets,
                    placement,
                    mouthX,
                    mouthY,
                    eyeDistance,
                    patches.stream().map(Patch::withoutWarp).toList(),
                    identity,
                    box);
        }

        /** A renderer without a box. */
        public Render(
                String idle,
                int easeMs,
                List<Integer> batchBuckets,
                Placement placement,
                float mouthX,
                float mouthY,
                float eyeDistance,
                List<Patch> patches,
                List<IdentityTensor> identity) {
            this(idle, easeMs, batchBuckets, placement, mouthX, mouthY, eyeDistance, patches, identity, null);
        }

        /** A mouth closes as quickly as people's do. */
        public static final int DEFAULT_EASE_MS = 200;

        /** A renderer of faces. */
        public Render(
                String idle,
                List<Integer> batchBuckets,
                float mouthX,
                float mouthY,
                float eyeDistance,
                List<Patch> patches,
                List<IdentityTensor> identity) {
            this(idle, DEFAULT_EASE_MS, batchBuckets, Placement.FACE, mouthX, mouthY, eyeDistance, patches, identity);
        }
    }

    /** How an avatar's frame and its patch lie to each other. */
    public enum Placement {
        /** By the face: the portrait is scaled and the patch put where {@code mouth} and {@code eyeDistance} say. */
        FACE,
        /** No face is needed: the smallest patch that covers the frame, its top left corner on the frame's. */
        FRAME,
        /** By the face's box: the patch has a size of its own and is scaled into the box, of any size. */
        BOX
    }

    /**
     * The modules of one patch size. GPUs, and CPUs that compute in bfloat16, may have renderers of their own; else theirs are
     * {@code render}.
     *
     * @param warp what CPUs draw patches with in place of any renderer; null if they run one
     */
    public record Patch(
            int size,
            String prepare,
            String render,
            String renderCuda,
            String renderBfloat16,
            @Nullable Warp warp) {
        /** One renderer for all devices. */
        public Patch(int size, String prepare, String render) {
            this(size, prepare, render, render, render, null);
        }

        private Patch withoutWarp() {
            return new Patch(size, prepare, render, renderCuda, renderBfloat16, null);
        }

        /** What a device draws with in place of a renderer, if anything. */
        public @Nullable Warp warp(DeviceKind device) {
            return device == DeviceKind.CUDA ? null : warp;
        }

        /** The module a device draws patches with. {@code precision} is the CPU's. */
        public String renderer(DeviceKind device, CpuPrecision precision) {
            if (device == DeviceKind.CUDA) {
                return renderCuda;
            }
            if (warp != null) {
                return warp.file();
            }
            return precision == CpuPrecision.BFLOAT16 ? renderBfloat16 : render;
        }
    }

    /**
     * A renderer up to where its pictures get large: the rest is drawn by {@link dev.mouthpiece.device.warp.WarpPainter}.
     *
     * @param file its module
     * @param texture the identity tensor with the avatar's texture, f32 [1, P, P, 4]
     * @param ground the one with what is behind it, f32 [1, 3, P, P]
     * @param layout what the module's numbers say
     */
    public record Warp(String file, String texture, String ground, WarpLayout layout) {}

    /**
     * How the box of a face follows from its landmarks: by how much it is larger than what they span, in shares of that; less than
     * 0 for smaller.
     *
     * @param feather patch pixels over which the patch's border fades into the frame
     */
    public record Box(float left, float top, float right, float bottom, float feather) {}

    /** One tensor of an identity. */
    public record IdentityTensor(String name, int dim) {}

    /** The face package's modules. */
    public record Face(String file, String sample) {}

    /**
     * A golden archive.
     *
     * @param patch the patch size where {@code module} is {@code talk}; else null
     * @param toleranceBfloat16 what a renderer in bfloat16 is allowed, as {@code tolerance}
     * @param toleranceWarp what a warp is allowed, likewise
     */
    public record Golden(
            String file,
            String module,
            @Nullable Integer patch,
            double tolerance,
            double toleranceBfloat16,
            double toleranceWarp) {}

    /** Size and hash of a file. */
    public record FileEntry(String sha256, long bytes) {}
}
