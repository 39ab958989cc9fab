package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A film that is asked for.
 *
 * @param where what errors begin with: empty, or the line of a jobs file
 * @param portrait a file or a demo portrait's name
 * @param speech a file, a demo sample's name, or {@link #STANDARD_INPUT}
 * @param target the MP4 to write
 * @param frames a folder for its pictures; null for none
 * @param trace a CSV of the mouth's parameters; null for none
 * @param plot a picture of them; null for none
 */
record FilmOrder(
        String where,
        String portrait,
        String speech,
        Path target,
        @Nullable Path frames,
        @Nullable Path trace,
        @Nullable Path plot) {

    static final String STANDARD_INPUT = "-";
    private static final List<String> EXTENSIONS = List.of(".mp4", ".m4v");

    /** A film of a jobs file's line. */
    static FilmOrder of(JobsFile.Line line) {
        return new FilmOrder(
                line.where() + ": ", line.portrait(), line.speech(), Path.of(line.target()), null, null, null);
    }

    /** The name of a film that was given none. */
    static Path defaultTarget(String portrait, String speech) {
        return Path.of(stem(portrait) + "-" + (speech.equals(STANDARD_INPUT) ? "speech" : stem(speech)) + ".mp4");
    }

    /** Runs something for this film; an error tells where the film was asked for. */
    <T> T located(Supplier<T> step) {
        try {
            return step.get();
        } catch (BadInputException e) {
            throw where.isEmpty() ? e : new BadInputException(where + e.getMessage(), e);
        }
    }

    /**
     * Checks what can be told without opening anything.
     *
     * @throws BadInputException if two outputs are one file, or an output is an input
     */
    static void check(List<FilmOrder> orders) {
        final Map<Path, FilmOrder> targets = new HashMap<>();
        for (final FilmOrder order : orders) {
            order.located(() -> {
                order.check(targets);
                return order;
            });
        }
    }

    private void check(Map<Path, FilmOrder> targets) {
        final String name = target.toString().toLowerCase(Locale.ROOT);
        if (EXTENSIONS.stream().noneMatch(name::endsWith)) {
            throw new BadInputException("target " + target + ": films are MP4, name it .mp4");
        }
        for (final Path path :
                Stream.of(target, frames, trace, plot).filter(Objects::nonNull).toList()) {
            if (targets.putIfAbsent(path.toAbsolutePath().normalize(), this) != null) {
                throw new BadInputException("target " + path + " is named twice");
            }
            if (isSame(path, portrait) || isSame(path, speech)) {
                throw new BadInputException("target " + path + " is an input too: name another");
            }
        }
        if (!where.isEmpty() && speech.equals(STANDARD_INPUT)) {
            throw new BadInputException("standard input can feed one film only: name a file");
        }
    }

    private static boolean isSame(Path target, String input) {
        try {
            return Files.exists(target) && Files.exists(Path.of(input)) && Files.isSameFile(target, Path.of(input));
        } catch (IOException e) {
            return false;
        }
    }

    private static String stem(String file) {
        final Path path = Path.of(file).getFileName();
        final String name = path == null ? "film" : path.toString();
        final int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
