package dev.mouthpiece.worker.livekit.signal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitRtc.JoinResponse;
import livekit.LivekitRtc.SignalResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first WebSocket of a process costs half a second of class loading. Here it is opened to a socket of our own on the
 * loopback, which upgrades, sends one message and closes.
 */
final class SignalWarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(SignalWarmUp.class);
    private static final int TIMEOUT_S = 5;
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final String KEY = "sec-websocket-key:";

    private SignalWarmUp() {}

    /** A failure costs nothing but the time that the first session then takes. */
    static void run(HttpClient http) {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(TIMEOUT_S * 1000);
            final Thread answering = Thread.ofVirtual().start(() -> answer(server));
            final var closed = new CompletableFuture<Void>();
            http.newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + server.getLocalPort() + "/rtc"), new Reader(closed))
                    .get(TIMEOUT_S, TimeUnit.SECONDS);
            closed.get(TIMEOUT_S, TimeUnit.SECONDS);
            answering.join();
        } catch (final IOException | ExecutionException | TimeoutException e) {
            LOG.debug("the signal client was not warmed up", e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.setSoTimeout(TIMEOUT_S * 1000);
            final var out = socket.getOutputStream();
            out.write(upgrade(readKey(socket)).getBytes(StandardCharsets.US_ASCII));
            final byte[] message = message();
            out.write(new byte[] {(byte) 0x82, (byte) message.length});
            out.write(message);
            out.write(new byte[] {(byte) 0x88, 2, 3, (byte) 0xE8});
            out.flush();
            while (socket.getInputStream().read() >= 0) {
                // Until the client has closed: closing first would look like a broken connection.
            }
        } catch (final IOException e) {
            LOG.debug("the warm-up's server side failed", e);
        }
    }

    private static String readKey(Socket socket) throws IOException {
        final var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        String key = "";
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            if (line.toLowerCase(Locale.ROOT).startsWith(KEY)) {
                key = line.substring(KEY.length()).strip();
            }
        }
        return key;
    }

    private static String upgrade(String key) {
        try {
            final byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
            return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n";
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    /** Shorter than 126 bytes, for a frame with the shortest header. */
    private static byte[] message() {
        return SignalResponse.newBuilder()
                .setJoin(JoinResponse.newBuilder()
                        .setParticipant(ParticipantInfo.newBuilder().setIdentity("warm-up")))
                .build()
                .toByteArray();
    }

    private static final class Reader implements WebSocket.Listener {
        private final CompletableFuture<Void> closed;

        Reader(CompletableFuture<Void> closed) {
            this.closed = closed;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            try {
                LOG.debug("warmed up by {}", SignalResponse.parseFrom(data).getMessageCase());
            } catch (final IOException e) {
                LOG.debug("the warm-up's message came in pieces", e);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(null);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.completeExceptionally(error);
        }
    }
}
