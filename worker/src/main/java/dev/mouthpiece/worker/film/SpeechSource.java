package dev.mouthpiece.worker.film;

import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.util.List;

/** Speech as interleaved signed 16-bit little-endian PCM at its own rate. Read by one thread. */
public interface SpeechSource extends AutoCloseable {
    PcmFormat format();

    /** Length in samples per channel where it is known before the end, else -1. An estimate: for the progress bar. */
    long estimatedSamples();

    /**
     * Reads the next samples.
     *
     * @param target receives whole samples of all channels from its position on
     * @return bytes written; -1 at the end
     */
    int read(ByteBuffer target);

    /** What was wrong with it but did not keep it from being read, one line each; complete after the end or closing. */
    default List<String> warnings() {
        return List.of();
    }

    @Override
    void close();
}
