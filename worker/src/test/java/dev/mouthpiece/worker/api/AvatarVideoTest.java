package dev.mouthpiece.worker.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.api.TestService.Answer;
import dev.mouthpiece.worker.film.FfmpegTool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Portraits that are short videos, as callers upload them. Whether there is a face in them is not the API's to say. */
class AvatarVideoTest {
    @TempDir
    private static Path folder;

    private static TestService service;
    private static String key;

    @BeforeAll
    static void start() {
        service = TestService.whole();
        key = service.newKey("uploads");
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void shouldTakeAVideoAndShowItsFirstPicture() throws IOException {
        final Answer created = upload(made("color=red:s=64x48:r=25:d=1"));

        assertThat(created.status()).as(created.body()).isEqualTo(202);
        final Answer poster =
                service.get("/studio/avatars/" + created.json().path("id").asText() + "/picture", "X-API-Key", key);
        assertThat(poster.response().headers().firstValue("Content-Type")).contains("image/png");
        assertThat(ImageIO.read(new ByteArrayInputStream(poster.response().body())))
                .matches(image -> image.getWidth() == 64 && image.getHeight() == 48);
    }

    @Test
    void shouldRefuseVideosThatCannotBeUsed() throws IOException {
        final byte[] video = made("color=red:s=64x48:r=25:d=1");

        assertRefused(upload(Arrays.copyOf(video, 60)), 422, "invalid_image", "not a video that can be read");
        assertRefused(upload(made("color=red:s=4800x3600:d=0.04")), 422, "invalid_image", "4800x3600");
        assertRefused(upload(Arrays.copyOf(video, 10 * 1024 * 1024 + 1)), 413, "image_too_large", "10 MiB");
    }

    private static void assertRefused(Answer answer, int status, String code, String message) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().path("error").path("code").asText()).isEqualTo(code);
        assertThat(answer.json().path("error").path("message").asText()).contains(message);
    }

    private static Answer upload(byte[] file) throws IOException {
        final var body = new ByteArrayOutputStream();
        body.write("--X\r\nContent-Disposition: form-data; name=\"image\"; filename=\"v.mp4\"\r\n\r\n"
                .getBytes(ISO_8859_1));
        body.write(file);
        body.write("\r\n--X--\r\n".getBytes(ISO_8859_1));
        return service.send(
                "POST",
                "/v1/avatars",
                body.toByteArray(),
                "Content-Type",
                "multipart/form-data; boundary=X",
                "X-API-Key",
                key);
    }

    private static byte[] made(String source) throws IOException {
        final Path file = folder.resolve("v.mp4");
        FfmpegTool.run("-f", "lavfi", "-i", source, "-c:v", "mpeg4", "-y", file);
        return Files.readAllBytes(file);
    }
}
