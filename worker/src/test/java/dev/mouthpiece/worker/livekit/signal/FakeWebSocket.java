package dev.mouthpiece.worker.livekit.signal;

import com.google.protobuf.InvalidProtocolBufferException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import livekit.LivekitRtc.SignalRequest;
import org.jspecify.annotations.Nullable;

/** A socket whose sends complete when the test says so. */
final class FakeWebSocket implements WebSocket {
    final List<SignalRequest> sent = new ArrayList<>();
    long requested;
    boolean aborted;
    boolean closeSent;
    private @Nullable CompletableFuture<WebSocket> sending;

    void completeSend() {
        final CompletableFuture<WebSocket> current = sending;
        sending = null;
        if (current != null) {
            current.complete(this);
        }
    }

    @Override
    public CompletableFuture<WebSocket> sendBinary(ByteBuffer data, boolean last) {
        if (sending != null) {
            throw new IllegalStateException("a send is under way");
        }
        try {
            sent.add(SignalRequest.parseFrom(data));
        } catch (final InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
        sending = new CompletableFuture<>();
        return sending;
    }

    @Override
    public CompletableFuture<WebSocket> sendClose(int statusCode, String reason) {
        closeSent = true;
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void request(long n) {
        requested += n;
    }

    @Override
    public void abort() {
        aborted = true;
    }

    @Override
    public CompletableFuture<WebSocket> sendText(CharSequence data, boolean last) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<WebSocket> sendPing(ByteBuffer message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<WebSocket> sendPong(ByteBuffer message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getSubprotocol() {
        return "";
    }

    @Override
    public boolean isOutputClosed() {
        return closeSent;
    }

    @Override
    public boolean isInputClosed() {
        return false;
    }
}
