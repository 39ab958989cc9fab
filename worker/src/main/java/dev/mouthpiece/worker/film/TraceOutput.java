package dev.mouthpiece.worker.film;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mouth's parameters as CSV: {@code frame,time,…} with one column per feature and one row per picture. */
public final class TraceOutput implements FilmOutput {
    private static final Logger LOG = LoggerFactory.getLogger(TraceOutput.class);

    private final PendingFile file;
    private final List<String> names;
    private @Nullable BufferedWriter writer;
    private int fps = 1;
    private int frames;

    /**
     * Claims the target.
     *
     * @param names the features', in the model's order
     * @throws dev.mouthpiece.worker.BadInputException if it cannot be written
     */
    public TraceOutput(Path target, List<String> names) {
        this.names = List.copyOf(names);
        this.file = PendingFile.file(target);
    }

    @Override
    public void start(int width, int height, int fps, PcmFormat audio) {
        this.fps = fps;
        try {
            writer = Files.newBufferedWriter(file.path(), UTF_8);
        } catch (IOException e) {
            throw failed(e);
        }
        write("frame,time" + (names.isEmpty() ? "" : "," + String.join(",", names)));
    }

    @Override
    public void video(I420Frame frame) {
        // The row comes with the features.
    }

    @Override
    public void features(float[] features) {
        final var row = new StringBuilder(16 + features.length * 8);
        row.append(frames).append(String.format(Locale.ROOT, ",%.3f", frames / (double) fps));
        for (int i = 0; i < names.size(); i++) {
            row.append(String.format(Locale.ROOT, ",%.4f", features[i]));
        }
        write(row.toString());
        frames++;
    }

    @Override
    public void audio(ByteBuffer pcm) {
        // Parameters only.
    }

    @Override
    public void finish() {
        try {
            closeWriter();
        } catch (IOException e) {
            throw failed(e);
        }
        file.commit();
    }

    @Override
    public void close() {
        try {
            closeWriter();
        } catch (IOException e) {
            LOG.debug("what was left of {} cannot be written, nor is it wanted", file.target(), e);
        } finally {
            file.close();
        }
    }

    private void write(String line) {
        if (writer == null) {
            throw new IllegalStateException("not started");
        }
        try {
            writer.write(line);
            writer.newLine();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void closeWriter() throws IOException {
        final BufferedWriter open = writer;
        writer = null;
        if (open != null) {
            open.close();
        }
    }

    private FilmException failed(IOException e) {
        return new FilmException("cannot write " + file.target() + ": " + PendingFile.reason(e), e);
    }
}
