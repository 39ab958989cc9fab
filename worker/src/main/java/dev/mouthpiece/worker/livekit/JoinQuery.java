package dev.mouthpiece.worker.livekit;

import livekit.LivekitModels.ReconnectReason;

/** The parameters of a signal connection. */
final class JoinQuery {
    /**
     * Protocol 15: what the server tells us. Client protocol 0: others call us by packets and send plain streams. Tracks are
     * subscribed one by one.
     */
    private static final String COMMON = "protocol=15&client_protocol=0&auto_subscribe=0&adaptive_stream=0"
            + "&auto_subscribe_data_track=0&version=0.1.0&os=linux";

    private JoinQuery() {}

    static String join() {
        return COMMON;
    }

    /** Goes on with a session. Without both parameters the server would take it for a second participant and throw the first one out. */
    static String resume(String sid, ReconnectReason reason) {
        return COMMON + "&reconnect=1&sid=" + sid + "&reconnect_reason=" + reason.getNumber();
    }
}
