package dev.mouthpiece.worker.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** How bodies may come. */
class BodiesTest {
    /** Other requests that are answered meanwhile: some milliseconds, which a short body may take. */
    private static final int MEANWHILE = 50;

    @Test
    void shouldTakeAShortBodyThatComesInPieces() throws IOException {
        try (TestService service = TestService.open();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
            final OutputStream out = socket.getOutputStream();
            out.write("POST /v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{"
                    .getBytes(US_ASCII));
            for (int i = 0; i < MEANWHILE; i++) {
                assertThat(service.get("/healthz").status()).isEqualTo(200);
            }
            out.write('}');

            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.1 400")
                    .contains("missing_parameter");
        }
    }
}
