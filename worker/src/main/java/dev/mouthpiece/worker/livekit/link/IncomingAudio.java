package dev.mouthpiece.worker.livekit.link;

import dev.mouthpiece.worker.rtc.PcmSink;
import org.jspecify.annotations.Nullable;

/** A track of sound that the server sends. */
public interface IncomingAudio {
    /** The track's id at the server, {@code TR_…}; empty where it tells none. */
    String trackSid();

    /** Who gets the sound from now on; null for nobody. */
    void listen(@Nullable PcmSink sink);
}
