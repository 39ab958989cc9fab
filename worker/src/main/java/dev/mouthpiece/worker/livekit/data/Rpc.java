package dev.mouthpiece.worker.livekit.data;

import dev.mouthpiece.worker.livekit.serial.Serial;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import livekit.LivekitModels.DataPacket;
import livekit.LivekitModels.RpcAck;
import livekit.LivekitModels.RpcRequest;
import livekit.LivekitModels.RpcResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remote calls, version 1: a request is acknowledged at once and answered later, both as packets to the caller's identity.
 *
 * <p>A call that comes twice, because the server repeats packets after a reconnect, is answered twice and carried out once.
 */
public final class Rpc {
    /** The longest request and the longest answer. */
    public static final int MAX_PAYLOAD_BYTES = 15_360;

    public static final long RESPONSE_TIMEOUT_MS = 15_000;

    static final long ACK_TIMEOUT_MS = 7_000;
    static final int MAX_ANSWERED = 256;
    static final int MAX_PENDING = 256;

    private static final Logger LOG = LoggerFactory.getLogger(Rpc.class);
    private static final int VERSION = 1;
    private static final long MIN_WIRE_TIMEOUT_MS = 1_000;

    /** Sends packets reliably. */
    @FunctionalInterface
    interface Wire {
        /** Returns false where it cannot be sent. */
        boolean send(DataPacket.Builder packet);
    }

    private record CallId(String caller, String id) {}

    private static final class Pending {
        final String destination;
        final CompletableFuture<String> result = new CompletableFuture<>();
        Serial.@Nullable Timer timer;
        boolean acknowledged;

        Pending(String destination) {
            this.destination = destination;
        }
    }

    private final Serial serial;
    private final Wire wire;
    private final Map<String, RpcHandler> handlers = new HashMap<>();
    private final Map<String, Pending> pending = new HashMap<>();
    private final Map<CallId, RpcResponse> answered = new LinkedHashMap<>();

    Rpc(Serial serial, Wire wire) {
        this.serial = serial;
        this.wire = wire;
    }

    /** Calls of {@code method} go to {@code handler} from now on. */
    public void handle(String method, RpcHandler handler) {
        handlers.put(method, handler);
    }

    /** Calls with the usual time limit. */
    public CompletableFuture<String> call(String destination, String method, String payload) {
        return call(destination, method, payload, RESPONSE_TIMEOUT_MS);
    }

    /**
     * Calls {@code method} of another participant.
     *
     * @param timeoutMs from now until the answer, more than 0
     * @return completed in the session's turn: the answer, or an {@link RpcException}
     */
    public CompletableFuture<String> call(String destination, String method, String payload, long timeoutMs) {
        final int length = payload.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_PAYLOAD_BYTES) {
            return failed(RpcException.REQUEST_TOO_LARGE, "the request has " + length + " bytes");
        }
        if (pending.size() == MAX_PENDING) {
            return failed(RpcException.SEND_FAILED, MAX_PENDING + " calls are under way");
        }
        final String id = UUID.randomUUID().toString();
        final var call = new Pending(destination);
        pending.put(id, call);
        final boolean sent = wire.send(DataPacket.newBuilder()
                .addDestinationIdentities(destination)
                .setRpcRequest(RpcRequest.newBuilder()
                        .setId(id)
                        .setMethod(method)
                        .setPayload(payload)
                        .setVersion(VERSION)
                        .setResponseTimeoutMs((int) Math.max(timeoutMs - ACK_TIMEOUT_MS, MIN_WIRE_TIMEOUT_MS))));
        if (!sent) {
            fail(id, RpcException.SEND_FAILED, "the data channel takes nothing");
            return call.result;
        }
        call.timer = serial.schedule(Math.min(ACK_TIMEOUT_MS, timeoutMs), () -> onNoAck(id, timeoutMs));
        return call.result;
    }

    void onRequest(String caller, RpcRequest request) {
        if (caller.isEmpty()) {
            LOG.debug("a call of {} has no caller and is not answered", request.getMethod());
            return;
        }
        wire.send(packetTo(caller).setRpcAck(RpcAck.newBuilder().setRequestId(request.getId())));
        final var id = new CallId(caller, request.getId());
        RpcResponse response = answered.get(id);
        if (response == null) {
            response = answer(caller, request);
            answered.put(id, response);
            if (answered.size() > MAX_ANSWERED) {
                final var oldest = answered.keySet().iterator();
                oldest.next();
                oldest.remove();
            }
        }
        wire.send(packetTo(caller).setRpcResponse(response));
    }

    void onAck(String sender, RpcAck ack) {
        final Pending call = pending.get(ack.getRequestId());
        if (call != null && call.destination.equals(sender)) {
            call.acknowledged = true;
        }
    }

    void onResponse(String sender, RpcResponse response) {
        final Pending call = pending.get(response.getRequestId());
        if (call == null || !call.destination.equals(sender)) {
            LOG.debug("an answer of {} belongs to no call", sender);
            return;
        }
        remove(response.getRequestId());
        if (response.hasError()) {
            call.result.completeExceptionally(RpcException.from(response.getError()));
        } else {
            call.result.complete(response.getPayload());
        }
    }

    /** Nobody of this identity is there any more to answer. */
    void onGone(String identity) {
        failAll(identity, RpcException.RECIPIENT_DISCONNECTED, identity + " has left");
    }

    /** A new session begins at the server: what was under way is lost. */
    void restart() {
        failAll(null, RpcException.CONNECTION_TIMEOUT, "the connection was made anew");
    }

    private void failAll(@Nullable String destination, int code, String message) {
        for (final String id : new ArrayList<>(pending.keySet())) {
            final Pending call = pending.get(id);
            if (call != null && (destination == null || call.destination.equals(destination))) {
                fail(id, code, message);
            }
        }
    }

    private RpcResponse answer(String caller, RpcRequest request) {
        final var response = RpcResponse.newBuilder().setRequestId(request.getId());
        try {
            final String payload = handled(caller, request);
            final int length = payload.getBytes(StandardCharsets.UTF_8).length;
            if (length > MAX_PAYLOAD_BYTES) {
                throw new RpcException(RpcException.RESPONSE_TOO_LARGE, "the answer has " + length + " bytes");
            }
            response.setPayload(payload);
        } catch (final RpcException e) {
            response.setError(e.toError());
        }
        return response.build();
    }

    private String handled(String caller, RpcRequest request) {
        if (request.getVersion() != VERSION) {
            throw new RpcException(RpcException.UNSUPPORTED_VERSION, "only version 1 is understood");
        }
        final RpcHandler handler = handlers.get(request.getMethod());
        if (handler == null) {
            throw new RpcException(RpcException.UNSUPPORTED_METHOD, "there is no such method here");
        }
        try {
            return handler.handle(caller, request.getPayload());
        } catch (final RpcException e) {
            throw e;
        } catch (final RuntimeException e) {
            LOG.error("the call {} of {} failed", request.getMethod(), caller, e);
            throw new RpcException(RpcException.APPLICATION_ERROR, "the method failed");
        }
    }

    private void onNoAck(String id, long timeoutMs) {
        final Pending call = pending.get(id);
        if (call == null) {
            return;
        }
        final long restMs = timeoutMs - ACK_TIMEOUT_MS;
        if (!call.acknowledged) {
            fail(id, RpcException.CONNECTION_TIMEOUT, "the call was not acknowledged");
        } else if (restMs <= 0) {
            fail(id, RpcException.RESPONSE_TIMEOUT, "the call was not answered");
        } else {
            call.timer =
                    serial.schedule(restMs, () -> fail(id, RpcException.RESPONSE_TIMEOUT, "the call was not answered"));
        }
    }

    private void fail(String id, int code, String message) {
        final Pending call = remove(id);
        if (call != null) {
            call.result.completeExceptionally(new RpcException(code, message));
        }
    }

    private @Nullable Pending remove(String id) {
        final Pending call = pending.remove(id);
        if (call != null && call.timer != null) {
            call.timer.cancel();
        }
        return call;
    }

    private static DataPacket.Builder packetTo(String identity) {
        return DataPacket.newBuilder().addDestinationIdentities(identity);
    }

    private static CompletableFuture<String> failed(int code, String message) {
        return CompletableFuture.failedFuture(new RpcException(code, message));
    }
}
