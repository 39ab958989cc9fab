package dev.mouthpiece.worker.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mouthpiece.worker.media.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Ten thousand requests that no good client sends: none is our fault, none learns of our inside, and good clients are served afterwards. */
@Tag("slow")
class HostileRequestsTest {
    private static final String LOG = "hostile requests";
    private static final int SEEDS = 20;
    private static final int REQUESTS = 500;
    private static final int PATIENCE_MS = 30_000;
    private static final Pattern INSIDE = Pattern.compile(
            "\\tat |Exception|java\\.|javax?\\.|org\\.(eclipse|h2|jdbi)|dev\\.mouthpiece|SELECT |jdbc:");

    private final Map<Integer, Integer> statuses = new TreeMap<>();

    @Test
    void shouldBearWhateverIsSent() {
        try (TestService service = TestService.whole()) {
            final String key = service.newKey("hostile");
            final String session = create(service, key);
            final ListAppender<ILoggingEvent> warnings = warnings();

            Seeds.forEach(SEEDS, random -> {
                try (var connection = new Connection(service.port())) {
                    final var source = new HostileRequests(random, key, session);
                    for (int i = 0; i < REQUESTS; i++) {
                        final HostileRequests.Request request = source.next();
                        check(request, connection.ask(request));
                    }
                }
            });

            assertThat(statuses)
                    .as("some were understood, some were not")
                    .containsKeys(200, 201, 400, 401, 404, 405, 422);
            assertThat(service.get("/healthz").status()).isEqualTo(200);
            assertThat(service.get("/v1/status").json().path("status").asText()).isEqualTo("operational");
            create(service, key);
            assertThat(warnings.list)
                    .as("what strangers send does not fill the log")
                    .isEmpty();
        } finally {
            root().detachAppender(LOG);
        }
    }

    private static ListAppender<ILoggingEvent> warnings() {
        final var log = new ListAppender<ILoggingEvent>();
        log.setName(LOG);
        final var threshold = new ThresholdFilter();
        threshold.setLevel("WARN");
        threshold.start();
        log.addFilter(threshold);
        log.start();
        root().addAppender(log);
        return log;
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    }

    private static String create(TestService service, String key) {
        final TestService.Answer created =
                service.post("/v1/sessions", """
                {"avatar_id":"av_pattern","transport":{"type":"livekit","url":"wss://a.example","room_name":"r","worker_token":"%s"}}""".formatted(System.nanoTime()), "Authorization", "Bearer " + key);
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        return created.json().path("id").asText();
    }

    private void check(HostileRequests.Request request, Answer answer) {
        assertThat(answer.status()).as("%s%n=> %s", request, answer).isBetween(200, 499);
        assertThat(INSIDE.matcher(answer.body()).find())
                .as("%s%n=> %s", request, answer)
                .isFalse();
        statuses.merge(answer.status(), 1, Integer::sum);
    }

    private record Answer(int status, String body) {}

    /** Keeps a connection as long as the server does. */
    private static final class Connection implements AutoCloseable {
        /** More than the sockets hold: what is sent beyond it can be lost together with the answer when the server closes early. */
        private static final int SURE_BYTES = 64 << 10;

        private static final int STATUS = "HTTP/1.1 ".length();

        private final int port;
        private @Nullable Socket socket;

        Connection(int port) {
            this.port = port;
        }

        Answer ask(HostileRequests.Request request) {
            for (int tries = 0; tries < 2; tries++) {
                try {
                    final Optional<Answer> answer = exchange(request);
                    if (answer.isPresent()) {
                        return answer.get();
                    }
                } catch (IOException e) {
                    close();
                    if (request.bytes().length > SURE_BYTES) {
                        return new Answer(413, "");
                    }
                    throw new AssertionError("no answer to " + request, e);
                }
            }
            throw new AssertionError("closed without a word after " + request);
        }

        /** Empty if the server has closed this connection instead of answering. */
        private Optional<Answer> exchange(HostileRequests.Request request) throws IOException {
            final Socket open = socket != null ? socket : connect();
            try {
                open.getOutputStream().write(request.bytes());
                if (request.isCut()) {
                    open.shutdownOutput();
                }
            } catch (IOException e) {
                // It need not read to the end to answer.
            }
            final InputStream in = open.getInputStream();
            String line = line(in);
            while (line.startsWith("HTTP/1.1 100")) {
                line(in);
                line = line(in);
            }
            if (line.isEmpty()) {
                close();
                return Optional.empty();
            }
            final Map<String, String> headers = headers(in);
            final int status = Integer.parseInt(line.substring(STATUS, STATUS + 3));
            final byte[] body = hasBody(request, status) ? body(in, headers) : new byte[0];
            if (request.isCut() || "close".equalsIgnoreCase(headers.get("connection"))) {
                close();
            }
            return Optional.of(new Answer(status, headers + new String(body, ISO_8859_1)));
        }

        private Socket connect() throws IOException {
            final Socket made = new Socket(InetAddress.getLoopbackAddress(), port);
            made.setSoTimeout(PATIENCE_MS);
            made.setTcpNoDelay(true);
            socket = made;
            return made;
        }

        private static boolean hasBody(HostileRequests.Request request, int status) {
            return !request.method().equals("HEAD") && status != 204 && status != 304;
        }

        private static Map<String, String> headers(InputStream in) throws IOException {
            final Map<String, String> headers = new TreeMap<>();
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                final int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            return headers;
        }

        private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
            final String length = headers.get("content-length");
            if (length != null) {
                return in.readNBytes(Integer.parseInt(length));
            }
            if (!headers.containsKey("transfer-encoding")) {
                return in.readAllBytes();
            }
            final var body = new ByteArrayOutputStream();
            for (int size = size(in); size > 0; size = size(in)) {
                body.writeBytes(in.readNBytes(size));
                line(in);
            }
            line(in);
            return body.toByteArray();
        }

        private static int size(InputStream in) throws IOException {
            return Integer.parseInt(line(in), 16);
        }

        private static String line(InputStream in) throws IOException {
            final var line = new StringBuilder();
            for (int read = in.read(); read >= 0 && read != '\n'; read = in.read()) {
                line.append((char) read);
            }
            return line.toString().strip();
        }

        @Override
        public void close() {
            if (socket != null) {
                try {
                    socket.close();
                } catch (IOException e) {
                    // It is gone.
                }
                socket = null;
            }
        }
    }
}
