package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.livekit.signal.SignalClient;
import dev.mouthpiece.worker.livekit.signal.SignalConnection;
import dev.mouthpiece.worker.livekit.signal.SignalListener;
import dev.mouthpiece.worker.livekit.signal.SignalUrl;
import dev.mouthpiece.worker.livekit.signal.WorkerToken;
import java.util.ArrayList;
import java.util.List;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalResponse;

/** Signal connections to a server that the test plays. */
final class FakeSignal implements SignalClient {
    final List<Connection> connections = new ArrayList<>();

    @Override
    public SignalConnection open(
            SignalUrl url, WorkerToken token, String query, Serial serial, SignalListener listener) {
        final var connection = new Connection(url, token, query, listener);
        connections.add(connection);
        return connection;
    }

    Connection last() {
        return connections.getLast();
    }

    /** One of them. Like the real one, it is deaf after close and abort. */
    static final class Connection implements SignalConnection {
        final SignalUrl url;
        final WorkerToken token;
        final String query;
        private final SignalListener listener;
        private final List<SignalRequest> sent = new ArrayList<>();
        boolean closed;
        boolean aborted;

        Connection(SignalUrl url, WorkerToken token, String query, SignalListener listener) {
            this.url = url;
            this.token = token;
            this.query = query;
            this.listener = listener;
        }

        @Override
        public void send(SignalRequest request) {
            sent.add(request);
        }

        @Override
        public void close() {
            closed = true;
        }

        @Override
        public void abort() {
            aborted = true;
        }

        void receive(SignalResponse.Builder message) {
            if (!closed && !aborted) {
                listener.onMessage(message.build());
            }
        }

        void fail(RoomException why) {
            if (!closed && !aborted) {
                aborted = true;
                listener.onClosed(why);
            }
        }

        void fail() {
            fail(new RoomException(RoomException.Fault.NETWORK, "the test broke it"));
        }

        /** What was sent since the last call. */
        List<SignalRequest> take() {
            final List<SignalRequest> all = List.copyOf(sent);
            sent.clear();
            return all;
        }

        List<SignalRequest.MessageCase> takeCases() {
            return take().stream().map(SignalRequest::getMessageCase).toList();
        }
    }
}
