package dev.mouthpiece.worker.livekit.signal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.mouthpiece.worker.livekit.serial.SerialExecutor;
import dev.mouthpiece.worker.livekit.signal.RoomException.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import livekit.LivekitRtc.SignalResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person reads when URL or token are wrong, against servers of this test on the loopback. */
class RefusalTest {
    private static final String EXPIRED = "{\"sub\":\"avatar\",\"exp\":1000000000,\"video\":{\"room\":\"blue\"}}";
    private static final String VALID = "{\"sub\":\"avatar\",\"exp\":99999999999,\"video\":{\"room\":\"blue\"}}";

    private final ExecutorService pool = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
    private final WebSocketSignalClient client = new WebSocketSignalClient();

    @AfterEach
    void stop() {
        client.close();
        pool.shutdownNow();
        timers.shutdownNow();
    }

    @ParameterizedTest
    @CsvSource({
        "401, 401, 'invalid token: eyJhbGciOi.eyJzdWIi.c2ln', TOKEN, false",
        "401, 503, 'no nodes', BUSY, true",
        "401, 200, success, BUSY, true",
        "404, 404, 'requested room does not exist', ROOM_NOT_FOUND, false",
        "404, 404, '', NOT_LIVEKIT, false",
        "200, 200, '<html>welcome</html>', NOT_LIVEKIT, false",
        "400, 400, 'identity cannot be empty', TOKEN, false",
        "429, 429, 'slow down', BUSY, true",
        "500, 500, 'internal', BUSY, true",
        "302, 302, '', NOT_LIVEKIT, false",
    })
    void shouldSayWhoseFaultItIsWhenTheServerRefuses(
            int upgrade, int validate, String body, Fault fault, boolean retryHelps) throws Exception {
        try (var server = new Server(upgrade, validate, body)) {
            final RoomException why = connect("ws://127.0.0.1:" + server.port(), VALID);

            assertThat(why.fault()).as(why.getMessage()).isEqualTo(fault);
            assertThat(why.retryHelps()).isEqualTo(retryHelps);
            assertThat(why.getMessage()).doesNotContain("\n", "eyJ");
            assertThat(server.authorizations).isNotEmpty().allMatch(header -> header.startsWith("Bearer eyJ"));
            assertThat(server.urls).noneMatch(url -> url.contains("eyJ"));
        }
    }

    @Test
    void shouldSayThatTheTokenExpiredWhenItsTimeIsOver() throws Exception {
        try (var server = new Server(401, 401, "invalid token")) {
            final RoomException why = connect("http://127.0.0.1:" + server.port() + "/base/", EXPIRED);

            assertThat(why.fault()).isEqualTo(Fault.TOKEN_EXPIRED);
            assertThat(why).hasMessageContaining("expired at 2001-09-09T01:46:40Z");
            assertThat(server.urls).allMatch(url -> url.startsWith("/base/rtc"));
        }
    }

    @Test
    void shouldNameTheRoomThatIsMissing() throws Exception {
        try (var server = new Server(404, 404, "requested room does not exist")) {
            assertThat(connect("ws://127.0.0.1:" + server.port(), VALID)).hasMessageContaining("\"blue\"");
        }
    }

    @Test
    void shouldSayThatNothingAnswersWhenThePortIsClosed() throws Exception {
        final int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        final RoomException why = connect("ws://127.0.0.1:" + port, VALID);

        assertThat(why.fault()).isEqualTo(Fault.NETWORK);
        assertThat(why).hasMessageContaining("cannot be reached").hasMessageContaining("127.0.0.1:" + port);
    }

    @Test
    void shouldSayThatItIsNoLiveKitServerWhenItDoesNotSpeakHttp() throws Exception {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            pool.execute(() -> say(server, false, "SSH-2.0-OpenSSH_9.2\r\n\r\n"));

            final RoomException why = connect("ws://127.0.0.1:" + server.getLocalPort(), VALID);

            assertThat(why.fault()).as(why.getMessage()).isEqualTo(Fault.NOT_LIVEKIT);
        }
    }

    @Test
    void shouldSayThatThereIsNoTlsWhenThereIsNone() throws Exception {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // As a web server does: not before it has been spoken to.
            pool.execute(() -> say(server, true, "HTTP/1.1 400 Bad Request\r\n\r\n"));

            final RoomException why = connect("wss://127.0.0.1:" + server.getLocalPort(), VALID);

            assertThat(why.fault()).as(why.getMessage()).isEqualTo(Fault.URL);
            assertThat(why).hasMessageContaining("use ws://");
        }
    }

    @Test
    void shouldFindMissingTlsBehindATimeout() throws Exception {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            pool.execute(() -> say(server, true, "HTTP/1.1 400 Bad Request\r\n\r\n"));

            final RoomException why = explainTimeout("wss://127.0.0.1:" + server.getLocalPort());

            assertThat(why.fault()).as(why.getMessage()).isEqualTo(Fault.URL);
            assertThat(why).hasMessageContaining("use ws://");
        }
    }

    @Test
    void shouldCallATimeoutATimeoutWhenNothingAnswersTlsEither() throws Exception {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            final RoomException why = explainTimeout("wss://127.0.0.1:" + server.getLocalPort());

            assertThat(why.fault()).as(why.getMessage()).isEqualTo(Fault.NETWORK);
            assertThat(why).hasMessageContaining("no answer within");
        }
    }

    @Test
    void shouldSayThatTheHostIsUnknown() throws Exception {
        final RoomException why = connect("ws://no-such-host.invalid", VALID);

        assertThat(why.fault()).as(why.getMessage()).isEqualTo(Fault.URL);
        assertThat(why).hasMessageContaining("no-such-host.invalid");
    }

    @Test
    void shouldWarmUpAgainstItself() {
        client.warmUp();
        client.warmUp();
    }

    private static RoomException explainTimeout(String url) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return new UpgradeRefusal(http, SignalUrl.parse(url), WorkerToken.parse(WorkerTokenTest.jwt(VALID)), "")
                    .explain(new HttpTimeoutException("timed out"))
                    .get(20, TimeUnit.SECONDS);
        }
    }

    private RoomException connect(String url, String claims) throws Exception {
        final var result = new CompletableFuture<RoomException>();
        client.open(
                SignalUrl.parse(url),
                WorkerToken.parse(WorkerTokenTest.jwt(claims)),
                "protocol=15",
                new SerialExecutor("test", pool, timers),
                new SignalListener() {
                    @Override
                    public void onMessage(SignalResponse message) {
                        result.completeExceptionally(new AssertionError("a message: " + message));
                    }

                    @Override
                    public void onClosed(RoomException why) {
                        result.complete(why);
                    }
                });
        return result.get(20, TimeUnit.SECONDS);
    }

    private static void say(ServerSocket server, boolean waits, String text) {
        try (Socket socket = server.accept()) {
            if (waits && socket.getInputStream().read() < 0) {
                return;
            }
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            while (socket.getInputStream().read() >= 0) {
                // Until the client gives up.
            }
        } catch (final IOException e) {
            // The client has seen enough.
        }
    }

    /** Answers every request: GET …/validate one way, anything else the other. */
    private static final class Server implements AutoCloseable {
        final List<String> urls = new CopyOnWriteArrayList<>();
        final List<String> authorizations = new CopyOnWriteArrayList<>();
        private final HttpServer http;

        Server(int upgrade, int validate, String body) throws IOException {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            http.createContext("/", exchange -> {
                urls.add(exchange.getRequestURI().toString());
                authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
                final boolean validating = exchange.getRequestURI().getPath().endsWith("/rtc/validate");
                final byte[] bytes = validating ? body.getBytes(StandardCharsets.UTF_8) : new byte[0];
                exchange.sendResponseHeaders(validating ? validate : upgrade, bytes.length == 0 ? -1 : bytes.length);
                exchange.getResponseBody().write(bytes);
                exchange.close();
            });
            http.start();
        }

        int port() {
            return http.getAddress().getPort();
        }

        @Override
        public void close() {
            http.stop(0);
        }
    }
}
