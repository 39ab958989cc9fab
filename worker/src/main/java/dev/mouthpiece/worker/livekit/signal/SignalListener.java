package dev.mouthpiece.worker.livekit.signal;

import livekit.LivekitRtc.SignalResponse;

/** What a signal connection tells. Called in the session's turn. */
public interface SignalListener {
    /** One message; its case may be one that we do not know. */
    void onMessage(SignalResponse message);

    /** The connection could not be made or is gone. Nothing follows. */
    void onClosed(RoomException why);
}
