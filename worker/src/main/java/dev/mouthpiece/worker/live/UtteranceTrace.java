package dev.mouthpiece.worker.live;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.worker.BadInputException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes one line of JSON for each utterance: when its first part was where, in milliseconds after its first byte came in. Null
 * says that it did not come to that. The engine's observer thread writes, line by line.
 */
public final class UtteranceTrace implements LiveObserver, AutoCloseable {
    private static final double NS_PER_MS = 1e6;

    private final ObjectMapper json = new ObjectMapper();
    private final BufferedWriter out;

    /**
     * A new file, or an emptied one.
     *
     * @throws BadInputException if it cannot be written
     */
    public UtteranceTrace(Path file) {
        try {
            out = Files.newBufferedWriter(file);
        } catch (IOException e) {
            throw new BadInputException("--trace " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void onUtterance(LiveSession session, Utterance utterance) {
        final ObjectNode line = json.createObjectNode();
        line.put("session", session.id());
        line.put("segment", utterance.segment());
        put(line, "features_ms", utterance, utterance.featuresNs());
        put(line, "render_ms", utterance, utterance.renderedNs());
        put(line, "composite_ms", utterance, utterance.compositedNs());
        put(line, "first_sound_ms", utterance, utterance.firstSoundNs());
        put(line, "first_picture_ms", utterance, utterance.firstPictureNs());
        put(line, "first_move_ms", utterance, utterance.firstMoveNs());
        put(line, "finished_ms", utterance, utterance.finishedNs());
        line.put("played_ms", utterance.positionUs() / 1_000.0);
        line.put("interrupted", utterance.isInterrupted());
        line.put("pictures", utterance.pictures());
        line.put("repeats", utterance.repeats());
        try {
            out.write(line.toString());
            out.newLine();
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(ObjectNode line, String name, Utterance utterance, long ns) {
        if (ns == 0 || utterance.firstByteNs() == 0) {
            line.putNull(name);
        } else {
            line.put(name, Math.round((ns - utterance.firstByteNs()) / NS_PER_MS * 100) / 100.0);
        }
    }

    @Override
    public synchronized void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
