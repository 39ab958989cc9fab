package dev.mouthpiece.model.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelException;
import dev.mouthpiece.model.ModelPackage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways past DJL's objects do what its own classes do. Fails where another version of DJL has other natives. */
@SuppressWarnings("restricted") // Looks at results where they are.
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

    static Stream<TorchCalls> calls() {
        TorchEngine.describe();
        final Stream.Builder<TorchCalls> calls = Stream.builder();
        calls.add(new DjlTorchCalls());
        final TorchCalls direct = DirectTorchCalls.load();
        if (direct != null) {
            calls.add(direct);
        }
        return calls.build();
    }

    @ParameterizedTest
    @MethodSource("calls")
    void shouldGiveWhatDjlsOwnCallGives(TorchCalls calls) {
        final float[] expected;
        try (IValue result = module.run(arguments.values())) {
            expected = result.toTensor(manager).toFloatArray();
        }
        final TorchResult result = new TorchResult();
        for (int call = 0; call < 50; call++) {
            calls.run(module.handle(), arguments, false, result);

            assertThat(result.count()).isEqualTo(expected.length);
            final float[] given = MemorySegment.ofAddress(result.data())
                    .reinterpret(result.count() * Float.BYTES)
                    .toArray(ValueLayout.JAVA_FLOAT);
            assertThat(given).isEqualTo(expected);
            calls.release(result);
            assertThat(result.isEmpty()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("calls")
    void shouldTellWhatTheModuleSaysAgainstItsInput(TorchCalls calls) {
        try (TorchInput tooShort = new TorchInput(manager, DataType.FLOAT32, 1, 1)) {
            final TorchArguments wrong = TorchArguments.of(tooShort.value());
            final TorchResult result = new TorchResult();
            final Throwable said = catchThrowable(() -> calls.run(module.handle(), wrong, false, result));
            assertThat(said).isInstanceOf(EngineException.class).hasMessageContaining("Traceback of TorchScript");
            assertThat(result.isEmpty()).isTrue();

            final Throwable byDjl = catchThrowable(() -> module.run(wrong.values()));
            assertThat(byDjl).isInstanceOf(ModelException.class).hasMessageContaining(module.name());
            assertThat(String.valueOf(byDjl.getMessage())).endsWith(lastLine(said));
            assertThatThrownBy(() -> module.run(wrong, result)).hasMessage(String.valueOf(byDjl.getMessage()));
        }
    }

    private static String lastLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).strip().lines().toList().getLast();
    }

    @Test
    void shouldRunOnLinuxWithoutDjl() {
        assumeTrue(System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64"));
        assertThat(TorchCalls.best()).isInstanceOf(DirectTorchCalls.class);
    }

    @Test
    void shouldRefuseAResultOfAnotherForm() {
        final var other = new TorchOutput.Form(DataType.UINT8, 1);
        assertThatThrownBy(() -> output.run(arguments, other))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("must give");
    }
}
