package dev.mouthpiece.model.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** DJL's natives by handle do what its own classes do with them. Fails where another version of DJL has others. */
class TorchCallsTest {
    private static final int FRAMES = 2;

    private final ModelPackage files = ModelCatalog.standard().open("puppet");
    private final Encode encode = files.manifest().requireEncode();
    private final TorchModule module = TorchModule.load(files, encode.file(), DeviceKind.CPU);
    private final PtNDManager manager = TorchEngine.newManager(DeviceKind.CPU);
    private final TorchOutput output = new TorchOutput(module, DeviceKind.CPU);
    private final TorchInput input = new TorchInput(
            manager,
            DataType.FLOAT32,
            encode.batch(),
            encode.contextSamples()
                    + FRAMES
                            * files.manifest().sampleRateHz()
                            / files.manifest().fps()
                    + encode.lookaheadSamples());
    private final TorchArguments arguments = TorchArguments.of(input.value());
    private final TorchOutput.Form form = new TorchOutput.Form(
            DataType.FLOAT32, encode.batch(), FRAMES, encode.features().size());

    @BeforeEach
    void speak() {
        final Random random = new Random(1);
        for (int at = 0; at < input.bytes().capacity(); at += Float.BYTES) {
            input.bytes().putFloat(at, (float) random.nextGaussian() / 10);
        }
    }

    @AfterEach
    void close() {
        output.close();
        input.close();
        manager.close();
        module.close();
    }

    @Test
    void shouldGiveWhatDjlsOwnCallGives() {
        final float[] expected;
        try (IValue result = module.run(arguments.values())) {
            expected = result.toTensor(manager).toFloatArray();
        }
        for (int call = 0; call < 50; call++) {
            final float[] given = new float[expected.length];
            output.run(arguments, form).floats().get(0, given);
            assertThat(given).isEqualTo(expected);
        }
    }

    @Test
    void shouldTellWhatTheModuleSaysAgainstItsInput() {
        try (TorchInput tooShort = new TorchInput(manager, DataType.FLOAT32, 1, 1)) {
            assertThatThrownBy(
                            () -> module.run(TorchArguments.of(tooShort.value()).handles()))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(module.name());
        }
    }

    @Test
    void shouldRefuseAResultOfAnotherForm() {
        final var other = new TorchOutput.Form(DataType.UINT8, 1);
        assertThatThrownBy(() -> output.run(arguments, other))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("must give");
    }
}
