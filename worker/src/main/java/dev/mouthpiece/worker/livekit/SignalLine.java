package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.livekit.signal.SignalClient;
import dev.mouthpiece.worker.livekit.signal.SignalConnection;
import dev.mouthpiece.worker.livekit.signal.SignalListener;
import dev.mouthpiece.worker.livekit.signal.SignalUrl;
import dev.mouthpiece.worker.livekit.signal.WorkerToken;
import livekit.LivekitModels.DisconnectReason;
import livekit.LivekitRtc.JoinResponse;
import livekit.LivekitRtc.LeaveRequest;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signal connection that there is now, if any, and what the next one needs: the address, and the newest token, for the server
 * renews it. The session's turn.
 */
final class SignalLine {
    private static final Logger LOG = LoggerFactory.getLogger(SignalLine.class);

    private final Serial serial;
    private final SignalClient client;
    private final SignalListener listener;
    private final Keepalive keepalive;
    private final String identity;

    private SignalUrl url;
    private WorkerToken token;
    private @Nullable SignalConnection connection;

    /** @param listener hears of the present connection only, and of silence as of its end */
    SignalLine(Serial serial, SignalClient client, SignalUrl url, WorkerToken token, SignalListener listener) {
        this.serial = serial;
        this.client = client;
        this.url = url;
        this.token = token;
        this.listener = listener;
        identity = token.identity();
        keepalive = new Keepalive(serial, this::send, this::onSilence);
    }

    String identity() {
        return identity;
    }

    SignalUrl url() {
        return url;
    }

    /** Opens another connection; the one before is dropped. */
    void open(String query) {
        drop();
        connection = client.open(url, token, query, serial, new SignalListener() {
            @Override
            public void onMessage(SignalResponse message) {
                hear(message);
            }

            @Override
            public void onClosed(RoomException why) {
                connection = null;
                keepalive.stop();
                listener.onClosed(why);
            }
        });
    }

    /** From now on the server is asked for signs of life, as it wishes. */
    void keepAlive(JoinResponse join) {
        keepalive.configure(join.getPingInterval(), join.getPingTimeout());
        keepalive.start();
    }

    /** The same again, with the connection that resumed. */
    void keepAlive() {
        keepalive.start();
    }

    /** The server is to be found elsewhere. */
    void redirect(SignalUrl other) {
        url = other;
    }

    void send(SignalRequest request) {
        if (connection != null) {
            connection.send(request);
        }
    }

    /** Drops the connection without a word. */
    void drop() {
        keepalive.stop();
        if (connection != null) {
            connection.abort();
            connection = null;
        }
    }

    /** Says that we leave, and closes. */
    void leave() {
        keepalive.stop();
        if (connection != null) {
            connection.send(SignalRequest.newBuilder()
                    .setLeave(LeaveRequest.newBuilder()
                            .setReason(DisconnectReason.CLIENT_INITIATED)
                            .setAction(LeaveRequest.Action.DISCONNECT))
                    .build());
            connection.close();
            connection = null;
        }
    }

    private void hear(SignalResponse message) {
        keepalive.onHeard();
        switch (message.getMessageCase()) {
            case REFRESH_TOKEN -> onToken(message.getRefreshToken());
            case PONG_RESP -> keepalive.onPong(message.getPongResp());
            default -> listener.onMessage(message);
        }
    }

    private void onToken(String refreshed) {
        try {
            token = WorkerToken.parse(refreshed);
        } catch (final RoomException e) {
            LOG.debug("{}: the server's new token cannot be read", identity);
        }
    }

    private void onSilence() {
        drop();
        listener.onClosed(new RoomException(RoomException.Fault.NETWORK, "the server at " + url + " is silent"));
    }
}
