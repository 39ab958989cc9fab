package dev.mouthpiece.model.djl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The committed library is what its source compiles to. */
class TorchLibraryTest {
    private static final Path FOLDER = Path.of(System.getProperty("mouthpiece.root"), "models/src/main/torch");

    @Test
    void shouldBeMadeOfTheSourceThatIsThere() throws IOException, NoSuchAlgorithmException {
        final byte[] source = Files.readAllBytes(FOLDER.resolve("torch_calls.cpp"));
        final String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(source));

        try (InputStream library = Objects.requireNonNull(
                DirectTorchCalls.class.getResourceAsStream("linux-x86_64/mouthpiece-torch-2.7.1.so"))) {
            assertThat(new String(library.readAllBytes(), StandardCharsets.ISO_8859_1))
                    .as("run models/src/main/torch/compile")
                    .contains(hash);
        }
    }

    /** With libtorch's headers, out of their registry; byte for byte where the compiler is the one that made it. */
    @Test
    @Tag("slow")
    void shouldComeOutTheSameWhenCompiledAnew() throws Exception {
        final Process check = new ProcessBuilder(
                        "python3", FOLDER.resolve("compile").toString(), "--check")
                .redirectErrorStream(true)
                .start();
        final String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(check.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(check.exitValue()).as(said).isZero();
    }
}
