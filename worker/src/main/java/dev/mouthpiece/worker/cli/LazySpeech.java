package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.film.SpeechSource;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Speech of one of many films: opened when its film begins, so that a thousand films do not hold a thousand files open. */
final class LazySpeech implements SpeechSource {
    private final Supplier<SpeechSource> opener;
    private final PcmFormat format;
    private final long estimatedSamples;
    private @Nullable SpeechSource opened;
    private List<String> warnings = List.of();

    LazySpeech(Supplier<SpeechSource> opener, PcmFormat format, long estimatedSamples) {
        this.opener = opener;
        this.format = format;
        this.estimatedSamples = estimatedSamples;
    }

    @Override
    public PcmFormat format() {
        return format;
    }

    @Override
    public long estimatedSamples() {
        return estimatedSamples;
    }

    @Override
    public int read(ByteBuffer target) {
        if (opened == null) {
            opened = opener.get();
        }
        return opened.read(target);
    }

    @Override
    public List<String> warnings() {
        return opened == null ? warnings : opened.warnings();
    }

    @Override
    public void close() {
        if (opened != null) {
            warnings = opened.warnings();
            opened.close();
            opened = null;
        }
    }
}
