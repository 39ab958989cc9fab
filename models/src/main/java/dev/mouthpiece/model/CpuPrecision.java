package dev.mouthpiece.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The numbers in which a CPU computes the renderers of packages that have one for each.
 *
 * <p>A processor that multiplies bfloat16 itself renders such packages in half the time. One that does not converts each
 * number there and back, so the choice is the machine's, and {@code $MOUTHPIECE_CPU_PRECISION} overrules it.
 */
public enum CpuPrecision {
    FLOAT32,
    BFLOAT16;

    /** The environment's word, which overrules the processor's. */
    public static final String VARIABLE = "MOUTHPIECE_CPU_PRECISION";

    private static final String AUTO = "auto";
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    /** Linux' name of the instructions. Processors with AMX have them too, and libtorch takes the better ones. */
    private static final String FLAG = "avx512_bf16";

    /**
     * What is computed in, and why.
     *
     * @param precision of renderers that a package has in both
     * @param isForced whether {@code $MOUTHPIECE_CPU_PRECISION} said so
     * @param isMultiplied whether this processor multiplies bfloat16 itself
     */
    public record Choice(CpuPrecision precision, boolean isForced, boolean isMultiplied) {}

    /**
     * What this process computes in.
     *
     * @throws ModelException if {@code $MOUTHPIECE_CPU_PRECISION} is none of {@code auto}, {@code float32}, {@code bfloat16}
     */
    public static CpuPrecision chosen() {
        return choice().precision();
    }

    /**
     * What this process computes in, and why.
     *
     * @throws ModelException as {@link #chosen}
     */
    public static Choice choice() {
        return of(System.getenv(VARIABLE), PROCESSORS);
    }

    static Choice of(@Nullable String setting, Path processors) {
        final boolean isMultiplied = hasBfloat16(processors);
        final String wanted = setting == null || setting.isBlank() ? AUTO : setting.strip();
        if (wanted.equalsIgnoreCase(AUTO)) {
            return new Choice(isMultiplied ? BFLOAT16 : FLOAT32, false, isMultiplied);
        }
        return Arrays.stream(values())
                .filter(precision -> precision.toString().equalsIgnoreCase(wanted))
                .findFirst()
                .map(precision -> new Choice(precision, true, isMultiplied))
                .orElseThrow(() -> new ModelException(VARIABLE + " must be auto, float32 or bfloat16: " + wanted));
    }

    /** Other systems tell it otherwise: there it is float32, as it always was. */
    private static boolean hasBfloat16(Path processors) {
        try {
            return Files.readString(processors, StandardCharsets.ISO_8859_1)
                    .lines()
                    .filter(line -> line.startsWith("flags"))
                    .anyMatch(line -> Arrays.asList(line.split("\\s+")).contains(FLAG));
        } catch (IOException e) {
            return false;
        }
    }

    /** As manifests and settings spell it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
