package dev.mouthpiece.model.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.device.cuda.Cuda;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.SpeechEncoder;
import java.nio.FloatBuffer;

/** A speech network in libtorch. Inputs of all lengths exist from the start; a call on the CPU allocates what {@link TorchCalls} does. */
final class TorchEncoder implements SpeechEncoder {
    private final PtNDManager manager;
    private final TorchModule module;
    private final TorchOutput output;
    private final Call[] calls;
    private final boolean isOnDevice;

    /** What one number of frames needs. */
    private record Call(
            int frames, TorchInput input, TorchArguments arguments, FloatBuffer samples, TorchOutput.Form form) {}

    /**
     * @param module shared; closed with this encoder
     */
    TorchEncoder(TorchModule module, Manifest manifest, Encode encode, DeviceKind device) {
        this.module = module;
        this.manager = TorchEngine.newManager(device);
        this.output = new TorchOutput(module, device);
        this.isOnDevice = device == DeviceKind.CUDA;
        this.calls = new Call[encode.framesPerCall().size()];
        final int hop = manifest.sampleRateHz() / manifest.fps();
        for (int i = 0; i < calls.length; i++) {
            final int frames = encode.framesPerCall().get(i);
            final int samples = encode.contextSamples() + frames * hop + encode.lookaheadSamples();
            final TorchInput input = new TorchInput(manager, DataType.FLOAT32, encode.batch(), samples);
            final var form = new TorchOutput.Form(
                    DataType.FLOAT32, encode.batch(), frames, encode.features().size());
            calls[i] = new Call(
                    frames,
                    input,
                    TorchArguments.of(input.value()),
                    input.bytes().asFloatBuffer(),
                    form);
        }
    }

    @Override
    public FloatBuffer input(int frames) {
        return call(frames).samples;
    }

    @Override
    public FloatBuffer run(int frames) {
        final Call call = call(frames);
        if (!isOnDevice) {
            return output.run(call.arguments, call.form).floats();
        }
        TorchCuda.bindStream();
        call.input.upload();
        Cuda.device().threadStream().enter(DeviceStage.FEATURES);
        return output.take(module.run(call.arguments.values()), call.form).asFloatBuffer();
    }

    private Call call(int frames) {
        for (Call call : calls) {
            if (call.frames == frames) {
                return call;
            }
        }
        throw new IllegalArgumentException(module.name() + " has no call of so many frames: frames=" + frames);
    }

    @Override
    public void close() {
        output.close();
        for (Call call : calls) {
            call.input.close();
        }
        manager.close();
        module.close();
    }
}
