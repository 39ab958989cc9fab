package dev.mouthpiece.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.model.CpuPrecision.Choice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuPrecisionTest {
    private static final String OLD = "fpu sse2 avx512f avx512bw avx512_vnni";
    private static final String NEW = OLD + " avx512_bf16 fsrm";

    @TempDir
    private Path folder;

    @Test
    void shouldTakeBfloat16OnlyWhereTheProcessorMultipliesIt() throws IOException {
        final var bfloat16 = new Choice(CpuPrecision.BFLOAT16, false, true);
        final var float32 = new Choice(CpuPrecision.FLOAT32, false, false);

        assertThat(CpuPrecision.of(null, processors(NEW))).isEqualTo(bfloat16);
        assertThat(CpuPrecision.of(" ", processors(NEW))).isEqualTo(bfloat16);
        assertThat(CpuPrecision.of("auto", processors(OLD))).isEqualTo(float32);
        assertThat(CpuPrecision.of(null, processors(OLD + " no_avx512_bf16_here")))
                .isEqualTo(float32);
        assertThat(CpuPrecision.of(null, folder.resolve("none"))).isEqualTo(float32);
    }

    @ParameterizedTest
    @CsvSource({"float32, FLOAT32", "Float32, FLOAT32", "bfloat16, BFLOAT16"})
    void shouldComputeAsToldWhateverTheProcessor(String setting, CpuPrecision expected) throws IOException {
        assertThat(CpuPrecision.of(setting, processors(NEW))).isEqualTo(new Choice(expected, true, true));
        assertThat(CpuPrecision.of(setting, processors(OLD))).isEqualTo(new Choice(expected, true, false));
    }

    @Test
    void shouldSayWhatThereIsWhenTheSettingIsUnknown() throws IOException {
        final Path processors = processors(NEW);

        assertThatThrownBy(() -> CpuPrecision.of("float16", processors))
                .isInstanceOf(ModelException.class)
                .hasMessage("MOUTHPIECE_CPU_PRECISION must be auto, float32 or bfloat16: float16");
    }

    private Path processors(String flags) throws IOException {
        return Files.writeString(
                folder.resolve("cpuinfo"),
                "processor\t: 0\nmodel name\t: avx512_bf16 in a name\nflags\t\t: " + flags + "\nbogomips\t: 1\n");
    }
}
