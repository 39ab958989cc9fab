package dev.mouthpiece.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The committed PTX is what its source compiles to. */
class PtxTest {
    private static final Path NATIVE = Path.of(System.getProperty("mouthpiece.root"), "native");
    private static final Path SOURCE = NATIVE.resolve("src/main/cuda/composite.cu");

    @Test
    void shouldBeMadeOfTheSourceThatIsThere() throws IOException, NoSuchAlgorithmException {
        final String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(SOURCE)));

        assertThat(ptx())
                .as("run native/src/main/cuda/compile")
                .startsWith("// Made by")
                .contains("SHA-256 " + hash);
    }

    @Test
    void shouldLoadOnDriversFrom550OnAndOnGpusSinceTuring() throws IOException {
        assertThat(ptx()).contains(".version 8.4\n", ".target sm_75\n", ".visible .entry composite(");
    }

    /** With the pinned compiler, out of its registry. */
    @Test
    @Tag("slow")
    void shouldComeOutTheSameWhenCompiledAnew() throws Exception {
        final Process check = new ProcessBuilder(
                        "python3", NATIVE.resolve("src/main/cuda/compile").toString(), "--check")
                .redirectErrorStream(true)
                .start();
        final String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(check.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(check.exitValue()).as(said).isZero();
    }

    private static String ptx() throws IOException {
        return Files.readString(NATIVE.resolve("src/main/resources/dev/mouthpiece/device/cuda/composite.ptx"));
    }
}
