package dev.mouthpiece.worker.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.mouthpiece.worker.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The values of all settings, and where each came from. Later sources win: defaults, the file, the environment, flags.
 *
 * @param values of every key
 * @param sources of every key, in words
 */
public record Settings(Map<Key, String> values, Map<Key, String> sources) {
    private static final String DEFAULT = "default";

    /**
     * Reads and checks all sources.
     *
     * @param file the TOML file; empty for none
     * @param environment of the process
     * @param flags by key
     * @throws BadInputException that names the source, where a value is none
     */
    public static Settings read(Optional<Path> file, Map<String, String> environment, Map<Key, String> flags) {
        final Map<Key, String> values = new EnumMap<>(Key.class);
        final Map<Key, String> sources = new EnumMap<>(Key.class);
        for (final Key key : Key.values()) {
            values.put(key, key.usual());
            sources.put(key, DEFAULT);
        }
        file.ifPresent(path -> fromFile(path).forEach((key, value) -> {
            values.put(key, value);
            sources.put(key, path.toString());
        }));
        for (final Key key : Key.values()) {
            final String value = environment.get(key.variable());
            if (value != null) {
                values.put(key, value);
                sources.put(key, key.variable());
            }
        }
        flags.forEach((key, value) -> {
            values.put(key, value);
            sources.put(key, "command line");
        });
        values.forEach((key, value) -> check(key, value, String.valueOf(sources.get(key))));
        return new Settings(values, sources);
    }

    private static Map<Key, String> fromFile(Path file) {
        final JsonNode root;
        try {
            root = new TomlMapper().readTree(Files.readString(file));
        } catch (IOException e) {
            throw new BadInputException(
                    "config " + file + " cannot be read: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
        final Map<Key, String> values = new EnumMap<>(Key.class);
        for (final Map.Entry<String, JsonNode> table : root.properties()) {
            if (!table.getValue().isObject()) {
                throw unknown(file, table.getKey());
            }
            for (final Map.Entry<String, JsonNode> entry : table.getValue().properties()) {
                final String path = table.getKey() + "." + entry.getKey();
                final Key key = find(path).orElseThrow(() -> unknown(file, path));
                if (entry.getValue().isContainerNode()) {
                    throw new BadInputException("config " + file + ": " + path + " must be one value");
                }
                values.put(key, entry.getValue().asText());
            }
        }
        return values;
    }

    private static BadInputException unknown(Path file, String path) {
        return new BadInputException(
                "config " + file + ": there is no setting " + path + "; mouthpiece config lists them");
    }

    /** The key of that name. */
    public static Optional<Key> find(String path) {
        return Arrays.stream(Key.values())
                .filter(key -> key.path().equals(path))
                .findFirst();
    }

    private static void check(Key key, String value, String source) {
        switch (key.type()) {
            case NUMBER -> {
                try {
                    final int number = Integer.parseInt(value.strip());
                    if (number >= key.min() && number <= key.max()) {
                        return;
                    }
                } catch (NumberFormatException e) {
                    // As if it were out of range.
                }
                throw wrong(key, value, source, "must be a number from " + key.min() + " to " + key.max());
            }
            case CHOICE -> {
                if (!List.of(key.unit().split(", | or ", -1)).contains(value)) {
                    throw wrong(key, value, source, "must be " + key.unit());
                }
            }
            default -> {
                if (value.chars().anyMatch(Character::isISOControl)) {
                    throw wrong(key, "...", source, "must be one line");
                }
            }
        }
    }

    private static BadInputException wrong(Key key, String value, String source, String why) {
        return new BadInputException(
                key.path() + " = " + (key.type() == Key.Type.SECRET ? "..." : value) + " (" + source + "): " + why);
    }

    String text(Key key) {
        return String.valueOf(values.get(key)).strip();
    }

    int number(Key key) {
        return Integer.parseInt(text(key));
    }

    /** The value as it may be shown: never a secret. */
    public String shown(Key key) {
        final String value = text(key);
        if (key.type() == Key.Type.SECRET) {
            return value.isEmpty() ? "" : "***";
        }
        return value.replaceAll("(?i)(password=)[^&;]*", "$1***").replaceAll("//[^/@]*:[^/@]*@", "//***@");
    }

    /** What was set, in one line, without secrets. */
    public String summary() {
        return Arrays.stream(Key.values())
                .filter(key -> !DEFAULT.equals(sources.get(key)))
                .map(key -> key.path() + "=" + shown(key))
                .collect(Collectors.joining(" "));
    }
}
