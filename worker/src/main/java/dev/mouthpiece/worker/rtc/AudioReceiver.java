package dev.mouthpiece.worker.rtc;

import org.jspecify.annotations.Nullable;

/** A track of sound that the other side sends. Used on the peer's serial executor. */
public final class AudioReceiver {
    private final String mid;
    private final String streamId;
    private final String trackId;
    private @Nullable PcmSink sink;

    AudioReceiver(String mid, String streamId, String trackId) {
        this.mid = mid;
        this.streamId = streamId;
        this.trackId = trackId;
    }

    /** The media section that carries it: the same for several tracks, one after the other. */
    public String mid() {
        return mid;
    }

    /** The first half of its msid; empty if it has none. */
    public String streamId() {
        return streamId;
    }

    /** The second half of its msid, read from the offer: the library goes on calling a section's tracks by the first one's name. */
    public String trackId() {
        return trackId;
    }

    /** Who gets its sound from now on; null for nobody. */
    public void listen(@Nullable PcmSink newSink) {
        sink = newSink;
    }

    void onPcm(byte[] pcm) {
        if (sink != null) {
            sink.onPcm(pcm);
        }
    }
}
