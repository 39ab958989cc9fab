package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Home;
import dev.mouthpiece.worker.config.Key;
import dev.mouthpiece.worker.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What all commands of the daemon take: where its settings come from. */
final class ConfigOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE.toml",
            description = "Settings. Default: mouthpiece.toml in the home folder (MOUTHPIECE_HOME), if there is one.")
    private @Nullable Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any setting, such as limits.waiting=5: see `mouthpiece config`. Can be repeated.")
    private Map<String, String> values = new LinkedHashMap<>();

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "Setting database.url: jdbc:postgresql://HOST/NAME.")
    private @Nullable String database;

    private final Map<Key, String> flags = new EnumMap<>(Key.class);

    /** A flag of the command's own. */
    void flag(Key key, @Nullable Object value) {
        if (value != null) {
            flags.put(key, value.toString());
        }
    }

    Path home() {
        return Home.of(System.getenv());
    }

    /** Everything that was said, checked. */
    Settings settings() {
        values.forEach((path, value) -> flag(
                Settings.find(path)
                        .orElseThrow(() -> new BadInputException(
                                "--set: there is no setting " + path + "; mouthpiece config lists them")),
                value));
        flag(Key.DATABASE_URL, database);
        final String named = System.getenv("MOUTHPIECE_CONFIG");
        final Optional<Path> from = file != null
                ? Optional.of(file)
                : named != null && !named.isBlank() ? Optional.of(Path.of(named)) : Home.file(home());
        from.filter(path -> !Files.isRegularFile(path)).ifPresent(path -> {
            throw new BadInputException("config " + path + " does not exist");
        });
        return Settings.read(from, System.getenv(), flags);
    }

    Config config() {
        return Config.of(home(), settings());
    }
}
