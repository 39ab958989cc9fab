package dev.mouthpiece.worker.capacity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.model.Installation;
import dev.mouthpiece.worker.media.batch.BatchCosts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What was measured of one model on one device.
 *
 * @param device as it describes itself, without what changes from start to start
 * @param model name and version of the package
 * @param frame size of the frames, such as {@code 368x560}
 * @param encode {@code none}, or {@code h264}: what the pictures were encoded with
 * @param sessions the most speaking sessions that held cadence: what admission may let in
 * @param bound what stood in the way of more
 * @param cores processors that the process could use
 * @param fps frames a second of a session
 * @param batches milliseconds by the size of a batch, renderer and compositor
 * @param trials what was tried, in order
 * @param measuredAt when, ISO 8601
 */
public record CapacityCurve(
        String device,
        String model,
        String frame,
        String encode,
        int sessions,
        String bound,
        int cores,
        int fps,
        List<BatchCost> batches,
        List<Trial> trials,
        String measuredAt) {
    /** No encoding: pictures are thrown away. */
    public static final String NOT_ENCODED = "none";

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /**
     * A batch.
     *
     * @param rows frames of a call
     * @param renderMs median time of a call of the renderer
     * @param compositeMs median time of compositing its rows
     * @param framesPerSecond that this makes, one call after another on one thread
     */
    public record BatchCost(int rows, double renderMs, double compositeMs, double framesPerSecond) {}

    /**
     * A number of sessions, all speaking.
     *
     * @param missed share of frame times without their own picture, 0..1
     * @param lanesBusy share of the inference threads' time spent on batches
     * @param stages what of it went to what, as the device counts
     * @param coresBusy processors kept busy by the process
     * @param rowsPerBatch frames of a mean batch
     * @param unencoded share of the pictures that the encoders left out
     * @param encodersBusy processors that encoders kept busy
     */
    public record Trial(
            int sessions,
            boolean holds,
            double missed,
            double lanesBusy,
            Map<DeviceStage, Double> stages,
            double coresBusy,
            double rowsPerBatch,
            double unencoded,
            double encodersBusy) {}

    /** What the media path is to know of batches. */
    public static BatchCosts costs(List<BatchCost> batches) {
        return BatchCosts.of(
                batches.stream().mapToInt(BatchCost::rows).toArray(),
                batches.stream()
                        .mapToLong(cost -> Math.max(1, Math.round((cost.renderMs() + cost.compositeMs()) * 1e6)))
                        .toArray());
    }

    /** The curve as JSON. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records can be written", e);
        }
    }

    /** Where curves are kept: {@code capacity} under the user's folder. */
    public static Path folder() {
        return Installation.home().resolve("capacity");
    }

    /** Keeps the curve in {@link #folder}, in place of an older one of the same device, model, frame and encoding. */
    public Path save() {
        final Path target = folder().resolve(fileName(device, model, frame, encode));
        try {
            Files.createDirectories(folder());
            final Path part = Files.createTempFile(folder(), "curve", ".part");
            Files.writeString(part, toJson());
            return Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(target + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** The curve that was kept of this device, model and frame, without encoding; none where it was never measured or cannot be read. */
    public static Optional<CapacityCurve> load(String device, String model, String frame) {
        final Path file = folder().resolve(fileName(device, model, frame, NOT_ENCODED));
        try {
            return Files.exists(file)
                    ? Optional.of(JSON.readValue(Files.readString(file), CapacityCurve.class))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String fileName(String device, String model, String frame, String encode) {
        return (device + "_" + model + "_" + frame + (encode.equals(NOT_ENCODED) ? "" : "_" + encode))
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9._-]+", "-")
                + ".json";
    }

    /** A table for eyes. */
    public String toTable() {
        final StringBuilder table = new StringBuilder();
        line(table, "%s, %s, %s, %d cores", device, model, frame, cores);
        line(table, "%6s  %10s  %13s  %9s", "rows", "render ms", "composite ms", "frames/s");
        for (final BatchCost cost : batches) {
            line(
                    table,
                    "%6d  %10.2f  %13.2f  %9.0f",
                    cost.rows(),
                    cost.renderMs(),
                    cost.compositeMs(),
                    cost.framesPerSecond());
        }
        line(
                table,
                "%8s  %6s  %8s  %10s  %8s  %8s  %9s  %6s  %10s  %10s  %9s  %14s",
                "sessions",
                "holds",
                "missed",
                "lanes busy",
                "features",
                "generate",
                "composite",
                "copies",
                "cores busy",
                "rows/batch",
                "unencoded",
                "encoders' cores");
        for (final Trial trial : trials) {
            line(
                    table,
                    "%8d  %6s  %7.2f%%  %9.0f%%  %7.0f%%  %7.0f%%  %8.0f%%  %5.0f%%  %10.2f  %10.1f  %8.1f%%  %15.2f",
                    trial.sessions(),
                    trial.holds() ? "yes" : "no",
                    100 * trial.missed(),
                    100 * trial.lanesBusy(),
                    100 * trial.stages().getOrDefault(DeviceStage.FEATURES, 0.0),
                    100 * trial.stages().getOrDefault(DeviceStage.GENERATE, 0.0),
                    100 * trial.stages().getOrDefault(DeviceStage.COMPOSITE, 0.0),
                    100 * trial.stages().getOrDefault(DeviceStage.COPY, 0.0),
                    trial.coresBusy(),
                    trial.rowsPerBatch(),
                    100 * trial.unencoded(),
                    trial.encodersBusy());
        }
        line(
                table,
                "%d speaking sessions hold cadence%s; the bound is %s",
                sessions,
                encode.equals(NOT_ENCODED) ? "" : ", encoded as " + encode,
                bound);
        return table.toString();
    }

    private static void line(StringBuilder table, String format, Object... values) {
        table.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
