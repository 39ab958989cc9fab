package dev.mouthpiece.worker.film;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;

/** A picture of what the mouth does: the waveform, and one lane per feature below it, over one time axis. */
public final class PlotOutput implements FilmOutput {
    private final PendingFile file;
    private final List<Manifest.Parameter> features;
    private final Samples lows = new Samples();
    private final Samples highs = new Samples();
    private final Samples values = new Samples();
    private int fps = 25;
    private int channels = 1;
    private long samplesPerBin = 1;
    private long binSamples;
    private int low;
    private int high;
    private long samples;
    private int rateHz = 1;

    /**
     * Claims the target.
     *
     * @param features in the model's order
     * @throws dev.mouthpiece.worker.BadInputException if it cannot be written
     */
    public PlotOutput(Path target, List<Manifest.Parameter> features) {
        this.features = List.copyOf(features);
        this.file = PendingFile.file(target);
    }

    @Override
    public void start(int width, int height, int fps, PcmFormat audio) {
        this.fps = fps;
        channels = audio.channels();
        rateHz = audio.sampleRateHz();
        samplesPerBin = Math.max(1, rateHz / Plot.BINS_PER_SECOND);
    }

    @Override
    public void video(I420Frame frame) {
        // The lanes come with the features.
    }

    @Override
    public void features(float[] frame) {
        for (int i = 0; i < features.size(); i++) {
            values.add(frame[i]);
        }
    }

    @Override
    public void audio(ByteBuffer pcm) {
        final ByteBuffer bytes = pcm.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.remaining() >= channels * PcmFormat.BYTES_PER_SAMPLE) {
            int sum = 0;
            for (int c = 0; c < channels; c++) {
                sum += bytes.getShort();
            }
            low = Math.min(low, sum / channels);
            high = Math.max(high, sum / channels);
            samples++;
            if (++binSamples == samplesPerBin) {
                endBin();
            }
        }
    }

    @Override
    public void finish() {
        if (binSamples > 0) {
            endBin();
        }
        final var plot = new Plot(
                features,
                fps,
                values.toArray(),
                lows.toArray(),
                highs.toArray(),
                samplesPerBin / (double) rateHz,
                samples / (double) rateHz);
        try {
            if (!ImageIO.write(plot.draw(), "png", file.path().toFile())) {
                throw new FilmException("this Java cannot write PNG");
            }
        } catch (IOException e) {
            throw new FilmException("cannot write " + file.target() + ": " + PendingFile.reason(e), e);
        }
        file.commit();
    }

    @Override
    public void close() {
        file.close();
    }

    private void endBin() {
        lows.add(low / 32_768f);
        highs.add(high / 32_768f);
        low = 0;
        high = 0;
        binSamples = 0;
    }

    /** A growing array: a plot of an hour is a few megabytes. */
    private static final class Samples {
        private float[] data = new float[1024];
        private int size;

        void add(float value) {
            if (size == data.length) {
                data = Arrays.copyOf(data, size * 2);
            }
            data[size++] = value;
        }

        float[] toArray() {
            return Arrays.copyOf(data, size);
        }
    }
}
