package dev.mouthpiece.worker.livekit.avatar;

import dev.mouthpiece.worker.livekit.data.IncomingStream;
import org.jspecify.annotations.Nullable;

/** One open stream of the sender and the segment that it feeds. The session's turn. */
final class Feed {
    final IncomingStream stream;
    /** Null where the stream's attributes cannot be used. */
    final @Nullable SpeechFormat format;

    /** Null between two segments of one stream. */
    @Nullable
    Segment segment;

    long lastBytesNs;
    /** What came last was interrupted; a new segment begins only after a gap. */
    boolean interrupted;
    /** The same sender has opened another stream. */
    boolean superseded;

    Feed(IncomingStream stream, @Nullable SpeechFormat format, long nowNs) {
        this.stream = stream;
        this.format = format;
        this.lastBytesNs = nowNs;
    }

    /** Another stream has begun: this one is over unless it goes on soon. */
    void supersede(long nowNs) {
        if (!superseded) {
            superseded = true;
            lastBytesNs = nowNs;
        }
    }
}
