package dev.mouthpiece.worker.livekit.signal;

import dev.mouthpiece.worker.livekit.serial.Serial;

/** Opens signal connections; shared by all sessions. */
public interface SignalClient {
    /**
     * Begins to connect and returns at once. What happens comes to {@code listener} in the turn of {@code serial}: messages
     * in their order, and at last, exactly once, that it is closed, also where it never opened.
     *
     * @param query the parameters of the join or resume, URL-encoded
     */
    SignalConnection open(SignalUrl url, WorkerToken token, String query, Serial serial, SignalListener listener);
}
