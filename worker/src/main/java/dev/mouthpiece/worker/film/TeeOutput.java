package dev.mouthpiece.worker.film;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.util.List;

/** Several outputs of one film, each given everything. They are finished in their order. */
public final class TeeOutput implements FilmOutput {
    private final List<FilmOutput> outputs;

    /** Outputs that it owns from now on. */
    public TeeOutput(List<FilmOutput> outputs) {
        this.outputs = List.copyOf(outputs);
    }

    @Override
    public void start(int width, int height, int fps, PcmFormat audio) {
        for (final FilmOutput output : outputs) {
            output.start(width, height, fps, audio);
        }
    }

    @Override
    public void video(I420Frame frame) {
        for (final FilmOutput output : outputs) {
            output.video(frame);
        }
    }

    @Override
    public void features(float[] features) {
        for (final FilmOutput output : outputs) {
            output.features(features);
        }
    }

    @Override
    public void audio(ByteBuffer pcm) {
        for (final FilmOutput output : outputs) {
            output.audio(pcm.duplicate().order(pcm.order()));
        }
    }

    @Override
    public void finish() {
        for (final FilmOutput output : outputs) {
            output.finish();
        }
    }

    @Override
    public void close() {
        RuntimeException first = null;
        for (final FilmOutput output : outputs) {
            try {
                output.close();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
