package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.film.RawSpeech;
import dev.mouthpiece.worker.film.SpeechReader;
import dev.mouthpiece.worker.film.SpeechSource;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The speech that a command names: files, the demo samples, or standard input. */
final class Speeches {
    private Speeches() {}

    /**
     * Opens the speech of that name.
     *
     * @param in standard input
     * @param raw its format, where it is meant
     */
    static SpeechSource open(String name, InputStream in, Optional<PcmFormat> raw) {
        if (name.equals(FilmOrder.STANDARD_INPUT)) {
            return new RawSpeech(in, raw.orElseThrow());
        }
        final Path file = Path.of(name);
        final URL demo = Files.exists(file) ? null : Demo.SPEECH.find(name);
        if (demo == null) {
            if (!Files.exists(file) && !name.contains(".")) {
                throw new BadInputException("speech " + name + " does not exist" + Demo.SPEECH.hint());
            }
            return SpeechReader.open(file);
        }
        try (InputStream sample = demo.openStream()) {
            return SpeechReader.open(name, sample.readAllBytes());
        } catch (IOException e) {
            throw new BadInputException("speech " + name + " cannot be read: " + e.getMessage(), e);
        }
    }
}
