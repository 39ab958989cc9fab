package dev.mouthpiece.worker.livekit.signal;

import livekit.LivekitRtc.SignalRequest;

/** One signal connection. Called in the session's turn. */
public interface SignalConnection {
    /** Sends after what was sent before; dropped where the connection is gone, which the listener learns by itself. */
    void send(SignalRequest request);

    /** Closes in good order after what was sent. The listener hears nothing more. */
    void close();

    /** Drops the connection at once. The listener hears nothing more. */
    void abort();
}
