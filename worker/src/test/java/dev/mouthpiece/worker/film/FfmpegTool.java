package dev.mouthpiece.worker.film;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.ffmpeg.ffprobe;
import org.bytedeco.javacpp.Loader;

/** The ffmpeg and ffprobe programs, an eye of its own on what the product reads and writes. */
public final class FfmpegTool {
    private FfmpegTool() {}

    /** Runs ffmpeg, overwriting its output. */
    public static void run(Object... arguments) {
        final List<String> command = new ArrayList<>(List.of(Loader.load(ffmpeg.class), "-v", "error", "-y"));
        for (final Object argument : arguments) {
            command.add(argument.toString());
        }
        output(command);
    }

    /** What ffprobe prints, one value a line. */
    public static List<String> probe(Path file, String... arguments) {
        final List<String> command = new ArrayList<>(List.of(Loader.load(ffprobe.class), "-v", "error"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-of", "default=noprint_wrappers=1", file.toString()));
        return new String(output(command), StandardCharsets.UTF_8).lines().toList();
    }

    /** A file's sound as samples of all channels. */
    public static short[] decodeSound(Path file, int rateHz, int channels) {
        final byte[] bytes = output(List.of(
                Loader.load(ffmpeg.class),
                "-v",
                "error",
                "-i",
                file.toString(),
                "-vn",
                "-ar",
                Integer.toString(rateHz),
                "-ac",
                Integer.toString(channels),
                "-f",
                "s16le",
                "-"));
        final short[] samples = new short[bytes.length / 2];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
        return samples;
    }

    /** A film's pictures in a pixel format, one after another. */
    public static byte[] decodePictures(Path file, String pixelFormat) {
        return output(List.of(
                Loader.load(ffmpeg.class),
                "-v",
                "error",
                "-i",
                file.toString(),
                "-an",
                "-fps_mode",
                "passthrough",
                "-pix_fmt",
                pixelFormat,
                "-f",
                "rawvideo",
                "-"));
    }

    private static byte[] output(List<String> command) {
        try {
            final Path errors = Files.createTempFile("ffmpeg", ".log");
            final var builder = new ProcessBuilder(command).redirectError(errors.toFile());
            // The program finds the libraries beside it, and they do not find theirs (libva) without this.
            builder.environment().put("LD_LIBRARY_PATH", new File(command.getFirst()).getParent());
            final Process process = builder.start();
            process.getOutputStream().close();
            final byte[] out = process.getInputStream().readAllBytes();
            assertThat(process.waitFor())
                    .as("%s: %s", command, Files.readString(errors))
                    .isZero();
            Files.delete(errors);
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
