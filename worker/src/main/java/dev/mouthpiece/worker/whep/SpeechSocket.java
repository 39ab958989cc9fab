package dev.mouthpiece.worker.whep;

import dev.mouthpiece.worker.media.audio.PcmFormat;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.websocket.WsBinaryMessageContext;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsConnectContext;
import io.javalin.websocket.WsContext;
import io.javalin.websocket.WsMessageContext;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Speech by WebSocket: {@code /whep/{session}/speech?rate=16000&channels=1}.
 *
 * <p>In: binary frames of signed 16-bit little-endian PCM, cut anywhere; text frames {@code {"type":"flush"}} at the end of
 * what belongs together and {@code {"type":"interrupt"}}. Out: the session's events, one JSON object a frame
 * ({@link SpeechEvents}).
 *
 * <p>The token comes as {@code Authorization: Bearer}, or, from browsers, which can send none here, as a second
 * subprotocol: {@code mouthpiece.speech.v1, bearer.TOKEN}.
 */
final class SpeechSocket {
    static final String PROTOCOL = "mouthpiece.speech.v1";
    static final int MIN_RATE_HZ = 8_000;
    static final int MAX_RATE_HZ = 48_000;
    static final int MAX_CHANNELS = 2;

    /** Over a second of 48 kHz stereo in one frame. */
    static final int MAX_BINARY_BYTES = 256 * 1024;

    static final int MAX_TEXT_BYTES = 4 * 1024;

    /** A peer that answers no ping for three times as long is gone. */
    private static final long PING_S = 20;

    private static final String BEARER = "bearer.";
    private static final String CONNECTION = "speech.connection";
    private static final String FORMAT = "speech.format";
    private static final int GOING_AWAY = 1001;

    private SpeechSocket() {}

    static void register(Javalin app, String path, WhepRooms rooms) {
        app.wsBeforeUpgrade(path, context -> check(context, rooms));
        app.ws(path, socket -> configure(socket, rooms));
    }

    /** Refuses by HTTP, where a reason can be given. */
    private static void check(Context context, WhepRooms rooms) {
        final WhepRooms.Place place = rooms.find(context.pathParam("session"))
                .orElseThrow(() -> refused(404, "there is no such session, or it is over"));
        if (!place.isToken(token(context).orElse(""))) {
            throw refused(401, "the session's token is missing or wrong");
        }
        final int rate = number(context, "rate", 16_000, MIN_RATE_HZ, MAX_RATE_HZ);
        final int channels = number(context, "channels", 1, 1, MAX_CHANNELS);
        context.attribute(FORMAT, new PcmFormat(rate, channels));
    }

    private static void configure(WsConfig socket, WhepRooms rooms) {
        socket.onConnect(context -> connect(context, rooms));
        socket.onBinaryMessage(SpeechSocket::heard);
        socket.onMessage(SpeechSocket::told);
        socket.onClose(context -> connection(context).ifPresent(SpeechConnection::onClose));
    }

    private static void connect(WsConnectContext socket, WhepRooms rooms) {
        socket.session.setMaxBinaryMessageSize(MAX_BINARY_BYTES);
        socket.session.setMaxTextMessageSize(MAX_TEXT_BYTES);
        socket.session.setIdleTimeout(Duration.ofSeconds(3 * PING_S));
        socket.enableAutomaticPings(PING_S, TimeUnit.SECONDS);
        final PcmFormat format = socket.attribute(FORMAT);
        final Optional<WhepRooms.Place> place = rooms.find(socket.pathParam("session"));
        if (place.isEmpty() || format == null) {
            socket.closeSession(GOING_AWAY, "the session is over");
            return;
        }
        final var connection = new SpeechConnection(new JettySocket(socket.session), format, place.get());
        socket.attribute(CONNECTION, connection);
        connection.enter();
    }

    private static void heard(WsBinaryMessageContext message) {
        connection(message)
                .ifPresent(connection ->
                        connection.onSpeech(ByteBuffer.wrap(message.data(), message.offset(), message.length())));
    }

    private static void told(WsMessageContext message) {
        connection(message).ifPresent(connection -> connection.onText(message.message()));
    }

    private static Optional<SpeechConnection> connection(WsContext context) {
        return Optional.ofNullable(context.attribute(CONNECTION));
    }

    private static Optional<String> token(Context context) {
        final @Nullable String header = context.header("Authorization");
        if (header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return Optional.of(header.substring(7).trim());
        }
        final @Nullable String protocols = context.header("Sec-WebSocket-Protocol");
        if (protocols == null) {
            return Optional.empty();
        }
        for (final String protocol : protocols.split(",", -1)) {
            if (protocol.trim().startsWith(BEARER)) {
                return Optional.of(protocol.trim().substring(BEARER.length()));
            }
        }
        return Optional.empty();
    }

    private static int number(Context context, String name, int usual, int min, int max) {
        final @Nullable String given = context.queryParam(name);
        if (given == null) {
            return usual;
        }
        if (given.matches("[0-9]{1,9}")) {
            final int value = Integer.parseInt(given);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw refused(400, name + " must be " + min + ".." + max + ": " + (given.length() > 20 ? "..." : given));
    }

    private static HttpResponseException refused(int status, String message) {
        return new HttpResponseException(status, message, Map.of());
    }
}
