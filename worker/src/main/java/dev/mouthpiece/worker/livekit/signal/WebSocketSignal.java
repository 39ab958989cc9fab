package dev.mouthpiece.worker.livekit.signal;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.mouthpiece.worker.livekit.serial.Serial;
import java.io.ByteArrayOutputStream;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket with a LiveKit server: whole protobuf messages in and out.
 *
 * <p>The {@code on…} methods run on the HTTP client's threads, one at a time; the rest in the session's turn.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A send that fails breaks the connection, which onError tells.
final class WebSocketSignal implements SignalConnection, WebSocket.Listener {
    /** Longer than any message of a server, whose own limit is 2 MiB. */
    static final int MAX_MESSAGE_BYTES = 4 << 20;
    /** Requests under way; a server that takes none of so many is as good as gone. */
    static final int MAX_UNSENT = 512;

    private static final Logger LOG = LoggerFactory.getLogger(WebSocketSignal.class);
    private static final int CLOSE_WAIT_S = 2;

    private final Serial serial;
    private final SignalListener listener;
    private final CompletableFuture<WebSocket> opened = new CompletableFuture<>();
    private final AtomicInteger unsent = new AtomicInteger();

    // The HTTP client's threads.
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
    private boolean understood;

    // The session's turn.
    private CompletableFuture<WebSocket> lastSend = opened;
    private boolean deaf;

    WebSocketSignal(Serial serial, SignalListener listener) {
        this.serial = serial;
        this.listener = listener;
    }

    @Override
    public void send(SignalRequest request) {
        if (deaf) {
            return;
        }
        if (unsent.incrementAndGet() > MAX_UNSENT) {
            drop(new RoomException(
                    RoomException.Fault.NETWORK, "the LiveKit server takes no requests: " + MAX_UNSENT + " wait"));
            return;
        }
        final ByteBuffer bytes = ByteBuffer.wrap(request.toByteArray());
        lastSend = lastSend.thenCompose(socket -> socket.sendBinary(bytes, true))
                .whenComplete((socket, failure) -> unsent.decrementAndGet());
    }

    @Override
    public void close() {
        deaf = true;
        lastSend.whenComplete((sent, failure) -> opened.thenAccept(WebSocketSignal::sayGoodbye));
    }

    @Override
    public void abort() {
        deaf = true;
        opened.thenAccept(WebSocket::abort);
    }

    /** The connection was not made. */
    void onRefused(RoomException why) {
        tellClosed(why);
    }

    @Override
    public void onOpen(WebSocket socket) {
        opened.complete(socket);
        socket.request(1);
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
        if (partial.size() + data.remaining() > MAX_MESSAGE_BYTES) {
            refuse(socket, "a message is longer than " + MAX_MESSAGE_BYTES + " bytes");
            return null;
        }
        final byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        partial.writeBytes(bytes);
        if (last) {
            final byte[] message = partial.toByteArray();
            partial.reset();
            onWhole(socket, message);
        }
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        refuse(socket, "it sends text where protobuf is due");
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        tellClosed(new RoomException(
                RoomException.Fault.NETWORK,
                "the LiveKit server closed the signal connection: code " + code + " " + Redaction.text(reason)));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        tellClosed(new RoomException(
                RoomException.Fault.NETWORK,
                "the signal connection broke: " + Redaction.text(String.valueOf(error.getMessage())),
                error));
    }

    private void onWhole(WebSocket socket, byte[] bytes) {
        final SignalResponse message;
        try {
            message = SignalResponse.parseFrom(bytes);
        } catch (final InvalidProtocolBufferException e) {
            if (understood) {
                serial.execute(() -> LOG.debug("a signal message of {} bytes cannot be read", bytes.length));
            } else {
                refuse(socket, "its first message is none of LiveKit's");
            }
            return;
        }
        understood = true;
        serial.execute(() -> {
            if (!deaf) {
                listener.onMessage(message);
            }
        });
    }

    private void refuse(WebSocket socket, String why) {
        socket.abort();
        tellClosed(new RoomException(
                RoomException.Fault.NOT_LIVEKIT,
                "what answers at the LiveKit URL is no LiveKit server, " + why + ": check host, port and path"));
    }

    private void tellClosed(RoomException why) {
        serial.execute(() -> drop(why));
    }

    private void drop(RoomException why) {
        if (!deaf) {
            abort();
            listener.onClosed(why);
        }
    }

    /** A server that does not answer the close is cut off. */
    private static void sayGoodbye(WebSocket socket) {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
        CompletableFuture.delayedExecutor(CLOSE_WAIT_S, TimeUnit.SECONDS).execute(socket::abort);
    }
}
