package dev.mouthpiece.model.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.warp.WarpTexture;
import dev.mouthpiece.model.CpuPrecision;
import dev.mouthpiece.model.IdentityKeeper;
import dev.mouthpiece.model.Landmarks;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.Manifest.IdentityTensor;
import dev.mouthpiece.model.Manifest.Patch;
import dev.mouthpiece.model.Manifest.Warp;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.model.SpeechEncoder;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A lip-sync package in libtorch. The encoder's module is loaded at once, those of a patch size at its first use.
 *
 * <p>Encoders, renderers and prepares that are under way when the model closes finish with what they hold.
 */
public final class TorchLipSyncModel implements IdentityKeeper {
    private final ModelPackage files;
    private final DeviceKind device;
    private final CpuPrecision precision;
    private final Manifest manifest;
    private final Encode encode;
    private final TorchModule encoder;
    private final Map<Integer, PatchSize> patchSizes = new LinkedHashMap<>();

    /**
     * @param precision of renderers on a CPU, where the package has one for each
     * @throws ModelException if the package is no lip-sync model or its encoder does not load
     */
    public TorchLipSyncModel(ModelPackage files, DeviceKind device, CpuPrecision precision) {
        this.files = files;
        this.device = device;
        this.precision = precision;
        this.manifest = files.manifest().on(device);
        this.encode = manifest.requireEncode();
        for (Patch patch : manifest.requireRender().patches()) {
            patchSizes.put(patch.size(), new PatchSize(patch));
        }
        this.encoder = TorchModule.load(files, encode.file(), device);
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public void load(int patchSize) {
        final PatchSize size = patchSize(patchSize);
        try {
            size.prepare().close();
            size.render().close();
        } catch (RuntimeException e) {
            // Damaged, or closed meanwhile, or no memory: told to whoever needs it.
        }
    }

    @Override
    public Identity prepare(int patchSize, ByteBuffer cropRgb, float[] landmarks, float[] person) {
        final int pixels = patchSize * patchSize;
        final PatchSize size = patchSize(patchSize);
        if (cropRgb.limit() != 3 * pixels || landmarks.length != Landmarks.FLOATS || person.length != pixels) {
            throw new IllegalArgumentException("crop, landmarks and person must have " + 3 * pixels + " bytes, "
                    + Landmarks.FLOATS + " and " + pixels + " floats: " + cropRgb.limit() + ", " + landmarks.length
                    + ", " + person.length);
        }
        final int slot;
        try (TorchModule module = size.prepare();
                PtNDManager manager = TorchEngine.newManager(device);
                TorchInput crop = new TorchInput(manager, DataType.UINT8, patchSize, patchSize, 3);
                TorchInput points = new TorchInput(manager, DataType.FLOAT32, Landmarks.COUNT, 3);
                TorchInput mask = new TorchInput(manager, DataType.FLOAT32, patchSize, patchSize)) {
            crop.bytes().put(0, cropRgb, 0, 3 * pixels);
            points.bytes().asFloatBuffer().put(0, landmarks);
            mask.bytes().asFloatBuffer().put(0, person);
            crop.upload();
            points.upload();
            mask.upload();
            try (IValue identity = module.run(crop.value(), points.value(), mask.value())) {
                slot = size.bank.add(finite(module, identity.toNDList(manager)));
            }
        }
        return new BankedIdentity(size, slot);
    }

    @Override
    public byte[] keep(Identity identity) {
        return patchSize(identity.patchSize()).bank.bytes(identity.slot());
    }

    @Override
    public Identity restore(int patchSize, byte[] kept) {
        final PatchSize size = patchSize(patchSize);
        try (PtNDManager manager = TorchEngine.newManager(device)) {
            return new BankedIdentity(size, size.bank.add(NDList.decode(manager, kept)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new ModelException(manifest.name() + " cannot read an identity: " + e.getMessage(), e);
        }
    }

    /** A single NaN in an identity would blank the avatar for as long as it lives. */
    private static NDList finite(TorchModule module, NDList tensors) {
        for (int i = 0; i < tensors.size(); i++) {
            final NDArray tensor = tensors.get(i);
            if (tensor.getDataType().isFloating()) {
                // A sum of float16 would run over where no number does.
                try (NDArray wide = tensor.toType(DataType.FLOAT32, true);
                        NDArray sum = wide.sum()) {
                    if (!Float.isFinite(sum.getFloat())) {
                        throw new ModelException(module.name() + " cannot make an avatar of this picture: tensor " + i
                                + " is not finite");
                    }
                }
            }
        }
        return tensors;
    }

    @Override
    public SpeechEncoder newEncoder() {
        return new TorchEncoder(encoder.share(), manifest, encode, device);
    }

    @Override
    public PatchRenderer newRenderer(int patchSize) {
        final PatchSize size = patchSize(patchSize);
        return new TorchRenderer(size.render(), size.bank, manifest, patchSize, size.patch.warp(device), device);
    }

    private PatchSize patchSize(int patchSize) {
        final PatchSize size = patchSizes.get(patchSize);
        if (size == null) {
            throw new IllegalArgumentException(
                    manifest.name() + " has patches of " + patchSizes.keySet() + " pixels: patchSize=" + patchSize);
        }
        return size;
    }

    @Override
    public void close() {
        encoder.close();
        for (PatchSize size : patchSizes.values()) {
            size.close();
        }
    }

    /** The modules and the bank of one patch size. */
    private final class PatchSize implements AutoCloseable {
        private final Patch patch;
        private final IdentityBank bank;
        private @Nullable TorchModule prepare;
        private @Nullable TorchModule render;
        private boolean closed;

        PatchSize(Patch patch) {
            this.patch = patch;
            this.bank = new IdentityBank(
                    manifest.name() + "/" + patch.prepare(),
                    manifest.requireRender().identity(),
                    device,
                    packing());
        }

        private @Nullable Function<NDList, WarpTexture> packing() {
            final Warp warp = patch.warp(device);
            if (warp == null) {
                return null;
            }
            final List<String> names = manifest.requireRender().identity().stream()
                    .map(IdentityTensor::name)
                    .toList();
            final int texture = names.indexOf(warp.texture());
            final int ground = names.indexOf(warp.ground());
            return identity -> pack(identity.get(texture), identity.get(ground));
        }

        private WarpTexture pack(NDArray texture, NDArray ground) {
            final int side = patch.size();
            if (!texture.getShape().equals(new Shape(1, side, side, 4))
                    || !ground.getShape().equals(new Shape(1, 3, side, side))
                    || texture.getDataType() != DataType.FLOAT32
                    || ground.getDataType() != DataType.FLOAT32) {
                throw new ModelException(manifest.name() + "/" + patch.prepare()
                        + " must give what its warp draws with, f32 (1, " + side + ", " + side + ", 4) and (1, 3, "
                        + side + ", " + side + "): " + texture.getShape() + ", " + ground.getShape());
            }
            return WarpTexture.of(
                    side, FloatBuffer.wrap(texture.toFloatArray()), FloatBuffer.wrap(ground.toFloatArray()));
        }

        /** A share of the module, loaded if need be. */
        synchronized TorchModule prepare() {
            checkOpen();
            if (prepare == null) {
                prepare = TorchModule.load(files, patch.prepare(), device);
            }
            return prepare.share();
        }

        /** A share of the module, loaded if need be. */
        synchronized TorchModule render() {
            checkOpen();
            if (render == null) {
                render = TorchModule.load(files, patch.renderer(device, precision), device);
            }
            return render.share();
        }

        private void checkOpen() {
            if (closed) {
                throw new IllegalStateException(manifest.name() + " is closed");
            }
        }

        @Override
        public synchronized void close() {
            if (closed) {
                return;
            }
            closed = true;
            bank.close();
            if (prepare != null) {
                prepare.close();
            }
            if (render != null) {
                render.close();
            }
        }
    }

    /** A slot of a bank, freed once. */
    private static final class BankedIdentity implements Identity {
        private final PatchSize size;
        private final int slot;
        private final AtomicBoolean closed = new AtomicBoolean();

        BankedIdentity(PatchSize size, int slot) {
            this.size = size;
            this.slot = slot;
        }

        @Override
        public int patchSize() {
            return size.patch.size();
        }

        @Override
        public int slot() {
            return slot;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                size.bank.remove(slot);
            }
        }
    }
}
