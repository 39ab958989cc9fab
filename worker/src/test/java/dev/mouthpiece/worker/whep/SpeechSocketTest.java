package dev.mouthpiece.worker.whep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Speech by WebSocket, into a real session. */
@Tag("slow")
class SpeechSocketTest {
    private static final String TOKEN = "the-session-s-token";
    private static final int RATE = 16_000;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    private static DevServer server;

    private DevServer.Shown session;

    @BeforeAll
    static void start() {
        server = new DevServer(0, WhepConfig.DEFAULT);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        session = server.open("av_pattern", TOKEN);
    }

    @AfterEach
    void end() {
        server.end(DevServer.id(session));
    }

    @Test
    void shouldTellWhatBecomesOfASegmentFromItsFirstSoundToItsEnd() throws Exception {
        final Client client = connect("rate=16000&channels=1");
        final JsonNode ready = client.next("ready");
        assertThat(ready.path("session").asText()).isEqualTo(DevServer.id(session));
        assertThat(ready.path("fps").asInt()).isEqualTo(25);
        assertThat(ready.path("width").asInt()).isEqualTo(368);

        // Cut in the middle of samples, as streams are.
        final ByteBuffer tone = tone(0.5);
        client.send(tone.slice(0, 1001));
        client.send(tone.slice(1001, 2));
        client.send(tone.slice(1003, tone.capacity() - 1003));
        client.say("{\"type\":\"flush\"}");

        final JsonNode begun = client.next("segment_started");
        assertThat(begun.path("own").asBoolean()).isTrue();
        assertThat(begun.path("segment").asLong()).isEqualTo(1);
        assertThat(client.next("playback_started").path("segment").asLong()).isEqualTo(1);
        final JsonNode mouth = client.next("mouth", event -> event.path("open").asDouble() > 0.5);
        assertThat(mouth.path("position").asDouble()).isBetween(0.0, 0.5);
        final JsonNode finished = client.next("playback_finished");
        assertThat(finished.path("position").asDouble()).isEqualTo(0.5);
        assertThat(finished.path("interrupted").asBoolean()).isFalse();
    }

    @Test
    void shouldStopAtOnceOnAnInterruptionAndFinishWhatWaited() throws Exception {
        final Client client = connect("rate=16000");
        client.send(tone(3));
        client.say("{\"type\":\"flush\"}");
        client.send(tone(1));
        client.say("{\"type\":\"flush\"}");
        client.next("mouth");
        client.say("{\"type\":\"interrupt\"}");

        final JsonNode first = client.next("playback_finished");
        assertThat(first.path("segment").asLong()).isEqualTo(1);
        assertThat(first.path("interrupted").asBoolean()).isTrue();
        assertThat(first.path("position").asDouble()).isBetween(0.0, 2.5);
        final JsonNode second = client.next("playback_finished");
        assertThat(second.path("segment").asLong()).isEqualTo(2);
        assertThat(second.path("position").asDouble()).isZero();
        assertThat(second.path("interrupted").asBoolean()).isTrue();
    }

    @Test
    void shouldLetOneSpeakAtATimeAndAllListen() throws Exception {
        final Client anna = connect("rate=16000");
        final Client ben = connect("rate=48000&channels=2");
        ben.next("ready");
        anna.send(tone(0.4));
        assertThat(ben.next("segment_started").path("own").asBoolean()).isFalse();
        ben.send(tone(0.4));
        assertThat(ben.next("error").path("code").asText()).isEqualTo("busy");

        anna.say("{\"type\":\"flush\"}");
        assertThat(ben.next("playback_finished").path("segment").asLong()).isEqualTo(1);
        ben.send(tone(0.4));
        assertThat(ben.next("segment_started").path("own").asBoolean()).isTrue();
    }

    @Test
    void shouldTakeTheTokenAsASecondSubprotocolFromThoseWhoCanSendNoHeader() throws Exception {
        final var client = new Client();
        final WebSocket socket = CLIENT.newWebSocketBuilder()
                .subprotocols(SpeechSocket.PROTOCOL, "bearer." + TOKEN)
                .buildAsync(uri(DevServer.id(session), "rate=16000"), client)
                .get(10, TimeUnit.SECONDS);

        assertThat(socket.getSubprotocol()).isEqualTo(SpeechSocket.PROTOCOL);
        client.next("ready");
    }

    @Test
    void shouldRefuseByHttpWhatCannotBeServed() {
        refuses(DevServer.id(session), "rate=16000", "wrong", 401);
        refuses("sess_unknown", "rate=16000", TOKEN, 404);
        refuses(DevServer.id(session), "rate=4000", TOKEN, 400);
        refuses(DevServer.id(session), "rate=fast", TOKEN, 400);
        refuses(DevServer.id(session), "rate=16000&channels=9", TOKEN, 400);
    }

    @Test
    void shouldSayThatAMessageMeansNothing() throws Exception {
        final Client client = connect("rate=16000");
        client.say("{\"type\":\"dance\"}");
        assertThat(client.next("error").path("code").asText()).isEqualTo("unknown_message");
        client.say("hello");
        assertThat(client.next("error").path("code").asText()).isEqualTo("unknown_message");
    }

    @Test
    void shouldCloseOnAFrameThatIsTooLong() throws Exception {
        final Client client = connect("rate=16000");
        client.send(ByteBuffer.allocate(SpeechSocket.MAX_BINARY_BYTES + 2));

        assertThat(client.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(1009);
    }

    @Test
    void shouldTellWhyTheSessionIsOverAndClose() throws Exception {
        final Client client = connect("rate=16000");
        client.next("ready");
        server.end(DevServer.id(session));

        assertThat(client.next("session_ended").path("reason").asText()).isEqualTo("ended");
        assertThat(client.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(1000);
    }

    private Client connect(String query) throws Exception {
        final var client = new Client();
        client.socket = CLIENT.newWebSocketBuilder()
                .header("Authorization", "Bearer " + TOKEN)
                .buildAsync(uri(DevServer.id(session), query), client)
                .get(10, TimeUnit.SECONDS);
        return client;
    }

    private static void refuses(String id, String query, String token, int status) {
        assertThatThrownBy(() -> CLIENT.newWebSocketBuilder()
                        .header("Authorization", "Bearer " + token)
                        .buildAsync(uri(id, query), new Client())
                        .join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(WebSocketHandshakeException.class, refused -> assertThat(
                                refused.getResponse().statusCode())
                        .isEqualTo(status));
    }

    private static URI uri(String id, String query) {
        return URI.create(server.url().replace("http", "ws") + "/whep/" + id + "/speech?" + query);
    }

    /** 1 kHz, at which the test card is white. */
    private static ByteBuffer tone(double seconds) {
        final int samples = (int) (seconds * RATE);
        final ByteBuffer pcm = ByteBuffer.allocate(2 * samples).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < samples; i++) {
            pcm.putShort((short) (16_000 * Math.sin(2 * Math.PI * 1000 * i / RATE)));
        }
        return pcm.flip();
    }

    /** A program that speaks. */
    private static final class Client implements WebSocket.Listener {
        private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
        private final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private @Nullable WebSocket socket;

        void send(ByteBuffer pcm) throws Exception {
            Objects.requireNonNull(socket).sendBinary(pcm, true).get(10, TimeUnit.SECONDS);
        }

        void say(String message) throws Exception {
            Objects.requireNonNull(socket).sendText(message, true).get(10, TimeUnit.SECONDS);
        }

        JsonNode next(String type) throws InterruptedException {
            return next(type, event -> true);
        }

        /** The next event of that type that is as wanted; others are passed over. */
        JsonNode next(String type, Predicate<JsonNode> wanted) throws InterruptedException {
            for (; ; ) {
                final JsonNode event = events.poll(15, TimeUnit.SECONDS);
                assertThat(event).as("an event " + type).isNotNull();
                if (event.path("type").asText().equals(type) && wanted.test(event)) {
                    return event;
                }
            }
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean isLast) {
            text.append(data);
            if (isLast) {
                try {
                    events.add(JSON.readTree(text.toString()));
                } catch (JsonProcessingException e) {
                    throw new IllegalStateException(e);
                }
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.add(code);
            return null;
        }
    }
}
