package dev.mouthpiece.worker.livekit.data;

import com.google.protobuf.ByteString;

/** What the streams of one topic tell. Called in the session's turn. */
public interface StreamListener {
    /** A stream was opened. */
    void onStream(IncomingStream stream);

    /**
     * Bytes of an open stream, in order; duplicates are gone, pieces may be missing.
     *
     * @param senderSid the sender's session now
     */
    void onChunk(IncomingStream stream, String senderSid, ByteString content);

    /**
     * The sender closed the stream. Nothing follows.
     *
     * @param reason empty for a good end
     */
    void onStreamEnd(IncomingStream stream, String reason);
}
