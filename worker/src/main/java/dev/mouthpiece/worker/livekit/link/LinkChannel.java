package dev.mouthpiece.worker.livekit.link;

/** A data channel. */
public interface LinkChannel {
    /** Its name. */
    String label();

    /** Its stream id; -1 while there is none. */
    int id();

    /** Sends a message; false where it cannot now. */
    boolean send(byte[] message);

    /** Who hears from now on. */
    void listen(Listener listener);

    /** What comes. Called in the session's turn. */
    interface Listener {
        /** One message, the receiver's to keep. */
        void onMessage(byte[] message);

        /** Nothing more comes or goes. */
        void onClosed();
    }
}
