package dev.mouthpiece.model.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.cuda.Cuda;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.Manifest.Render;
import dev.mouthpiece.model.Manifest.Warp;
import dev.mouthpiece.model.PatchRenderer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A renderer in libtorch, or one whose warps are drawn here. Inputs of all buckets exist from the start; a call on the
 * CPU allocates what {@link TorchCalls} does.
 */
final class TorchRenderer implements PatchRenderer {
    private static final int OWN_INPUTS = 3;

    private final PtNDManager manager;
    private final TorchModule module;
    private final IdentityBank bank;
    private final TorchOutput output;
    private final Call[] calls;
    private final boolean isOnDevice;
    private final @Nullable WarpRows warps;
    /** On a GPU: the bank of the batch before, whose kernels may have been running until now. */
    private IdentityBank.@Nullable Snapshot held;

    /** What one bucket needs. */
    private static final class Call {
        private final int bucket;
        private final TorchInput features;
        private final TorchInput life;
        private final TorchInput slots;
        private final FloatBuffer featureValues;
        private final FloatBuffer lifeValues;
        private final LongBuffer slotValues;
        private final TorchOutput.Form form;
        /** The module's arguments; those of the bank are put in when the bank has changed. */
        private TorchArguments arguments = TorchArguments.of();

        private IdentityBank.@Nullable Snapshot snapshot;

        Call(PtNDManager manager, int bucket, int featureCount, int lifeCount, TorchOutput.Form form) {
            this.bucket = bucket;
            features = new TorchInput(manager, DataType.FLOAT32, bucket, featureCount);
            life = new TorchInput(manager, DataType.FLOAT32, bucket, lifeCount);
            slots = new TorchInput(manager, DataType.INT64, bucket);
            featureValues = features.bytes().asFloatBuffer();
            lifeValues = life.bytes().asFloatBuffer();
            slotValues = slots.bytes().asLongBuffer();
            this.form = form;
        }

        TorchArguments arguments(IdentityBank.Snapshot snapshot) {
            if (this.snapshot != snapshot) {
                this.snapshot = snapshot;
                final IValue[] values = new IValue[OWN_INPUTS + snapshot.values().length];
                values[0] = features.value();
                values[1] = life.value();
                values[2] = slots.value();
                System.arraycopy(snapshot.values(), 0, values, OWN_INPUTS, snapshot.values().length);
                arguments = TorchArguments.of(values);
            }
            return arguments;
        }

        void upload() {
            features.upload();
            life.upload();
            slots.upload();
        }

        void close() {
            features.close();
            life.close();
            slots.close();
        }
    }

    /**
     * @param module shared; closed with this renderer
     * @param warp what the module's numbers say; null if it gives patches
     */
    TorchRenderer(
            TorchModule module,
            IdentityBank bank,
            Manifest manifest,
            int patchSize,
            @Nullable Warp warp,
            DeviceKind device) {
        this.module = module;
        this.bank = bank;
        this.manager = TorchEngine.newManager(device);
        this.output = new TorchOutput(module, device);
        this.isOnDevice = device == DeviceKind.CUDA;
        this.warps = warp == null ? null : new WarpRows(warp.layout());
        final Render render = manifest.requireRender();
        this.calls = new Call[render.batchBuckets().size()];
        for (int i = 0; i < calls.length; i++) {
            final int bucket = render.batchBuckets().get(i);
            calls[i] = new Call(
                    manager,
                    bucket,
                    manifest.requireEncode().features().size(),
                    manifest.life().size(),
                    form(bucket, patchSize, warp));
        }
    }

    private static TorchOutput.Form form(int bucket, int patchSize, @Nullable Warp warp) {
        return warp == null
                ? new TorchOutput.Form(DataType.UINT8, bucket, 3, patchSize, patchSize)
                : new TorchOutput.Form(DataType.FLOAT32, bucket, warp.layout().floats());
    }

    @Override
    public FloatBuffer features(int bucket) {
        return call(bucket).featureValues;
    }

    @Override
    public FloatBuffer life(int bucket) {
        return call(bucket).lifeValues;
    }

    @Override
    public LongBuffer slots(int bucket) {
        return call(bucket).slotValues;
    }

    @Override
    public ByteBuffer run(int bucket) {
        final Call call = call(bucket);
        return isOnDevice ? output.take(runOnDevice(call), call.form) : runOnHost(call, bucket);
    }

    @Override
    public void render(int bucket, int rows, Patches out) {
        final Call call = call(bucket);
        if (isOnDevice) {
            out.onDevice(output.takeOnDevice(runOnDevice(call), call.form));
        } else {
            out.onHost(runOnHost(call, rows));
        }
    }

    private ByteBuffer runOnHost(Call call, int rows) {
        final IdentityBank.Snapshot snapshot = bank.lease();
        try {
            final TorchOutput.View result = output.run(call.arguments(snapshot), call.form);
            return warps == null ? result.bytes() : warps.draw(result.floats(), rows, call.slotValues, snapshot);
        } finally {
            snapshot.release();
        }
    }

    /** Queues copies and kernels on the calling thread's stream. The caller before has waited for its own. */
    private IValue runOnDevice(Call call) {
        TorchCuda.bindStream();
        releaseHeld();
        call.upload();
        final IdentityBank.Snapshot snapshot = bank.lease();
        held = snapshot;
        Cuda.device().threadStream().enter(DeviceStage.GENERATE);
        return module.run(call.arguments(snapshot).values());
    }

    private void releaseHeld() {
        if (held != null) {
            held.release();
            held = null;
        }
    }

    private Call call(int bucket) {
        for (Call call : calls) {
            if (call.bucket == bucket) {
                return call;
            }
        }
        throw new IllegalArgumentException(module.name() + " has no such batch bucket: bucket=" + bucket);
    }

    @Override
    public void close() {
        releaseHeld();
        output.close();
        for (Call call : calls) {
            call.close();
        }
        manager.close();
        module.close();
    }
}
