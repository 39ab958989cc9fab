package dev.mouthpiece.worker.whep;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.WriteCallback;

/** A WebSocket of the HTTP server. Sends never wait; a peer that does not read what it asked for is dropped. */
final class JettySocket implements SpeechConnection.Socket {
    /** Ten seconds of events. */
    private static final int MAX_UNSENT = 400;

    /** What the protocol leaves for a reason. */
    private static final int MAX_REASON_BYTES = 123;

    private static final int POLICY = 1008;

    private final Session session;
    private final AtomicInteger unsent = new AtomicInteger();
    private final WriteCallback sent = new WriteCallback() {
        @Override
        public void writeSuccess() {
            unsent.decrementAndGet();
        }

        @Override
        public void writeFailed(Throwable failure) {
            unsent.decrementAndGet();
        }
    };

    JettySocket(Session session) {
        this.session = session;
    }

    @Override
    public boolean send(String text) {
        if (!session.isOpen()) {
            return false;
        }
        if (unsent.incrementAndGet() > MAX_UNSENT) {
            close(POLICY, "events are not read");
            return false;
        }
        session.getRemote().sendString(text, sent);
        return true;
    }

    @Override
    public void close(int code, String reason) {
        final byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
        final String fitting = bytes.length <= MAX_REASON_BYTES
                ? reason
                : new String(bytes, 0, MAX_REASON_BYTES, StandardCharsets.US_ASCII);
        session.close(code, fitting, WriteCallback.NOOP);
    }
}
