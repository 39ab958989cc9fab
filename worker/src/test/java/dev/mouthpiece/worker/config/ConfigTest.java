package dev.mouthpiece.worker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mouthpiece.worker.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
    @TempDir
    Path folder;

    @Test
    void shouldHoldDefaultsWhereNothingIsSaid() {
        final Config config = Config.of(folder, settings("", Map.of(), Map.of()));

        assertThat(config.server().host()).isEqualTo("127.0.0.1");
        assertThat(config.server().isLoopback()).isTrue();
        assertThat(config.images().isPrivateAllowed()).isTrue();
        assertThat(config.store().url()).startsWith("jdbc:h2:file:" + folder);
        assertThat(config.limits().session()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void shouldLetTheLaterSourceWin() {
        final String file = "[server]\nport = 1001\nhost = \"0.0.0.0\"\n[limits]\ncreates = 7\n";
        final Settings settings = settings(
                file,
                Map.of("MOUTHPIECE_SERVER_PORT", "1002", "MOUTHPIECE_LIMITS_CREATES", "8"),
                Map.of(Key.LIMITS_CREATES, "9"));
        final Config config = Config.of(folder, settings);

        assertThat(config.server().host()).isEqualTo("0.0.0.0");
        assertThat(config.server().isLoopback()).isFalse();
        assertThat(config.images().isPrivateAllowed()).as("auto").isFalse();
        assertThat(config.server().port()).isEqualTo(1002);
        assertThat(config.limits().createsPerMinute()).isEqualTo(9);
        assertThat(settings.sources().get(Key.SERVER_PORT)).isEqualTo("MOUTHPIECE_SERVER_PORT");
    }

    @Test
    void shouldShowNoSecrets() {
        final Settings settings = settings(
                "",
                Map.of(
                        "MOUTHPIECE_DATABASE_PASSWORD", "hunter2",
                        "MOUTHPIECE_WEBHOOK_SECRET", "hunter3",
                        "MOUTHPIECE_DATABASE_URL", "jdbc:postgresql://db/x?user=a&password=hunter4"),
                Map.of());
        final Config config = Config.of(folder, settings);

        assertThat(settings.summary()).contains("database.password=***").doesNotContain("hunter");
        assertThat(config.webhook().toString() + config.store().toString().replaceAll("hunter4", ""))
                .doesNotContain("hunter");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[server]~port = 70000|server.port = 70000|must be a number from 0 to 65535",
                "[server]~prot = 1|there is no setting server.prot|mouthpiece config lists them",
                "port = 1|there is no setting port|mouthpiece config lists them",
                "[log]~level = 'loud'|log.level = loud|must be error, warn, info or debug",
                "[log]~level = ['a']|log.level|must be one value",
                "[log|cannot be read|config",
            })
    void shouldSayWhatIsWrongAndWhere(String file, String what, String why) {
        assertThatThrownBy(() -> settings(file.replace('~', '\n'), Map.of(), Map.of()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(what, why);
    }

    @Test
    void shouldRefuseWhatDoesNotFitTogether() {
        assertThatThrownBy(
                        () -> Config.of(folder, settings("[webhook]\nurl = 'https://x.example'\n", Map.of(), Map.of())))
                .hasMessageContaining("webhook.secret");
        assertThatThrownBy(() -> Config.of(folder, settings("[database]\nurl = 'mysql://x'\n", Map.of(), Map.of())))
                .hasMessageContaining("jdbc:postgresql:");
    }

    @Test
    void shouldExplainEveryKey() {
        for (final Key key : Key.values()) {
            assertThat(key.consequence()).endsWith(".");
            assertThat(Settings.find(key.path())).contains(key);
        }
    }

    private Settings settings(String toml, Map<String, String> environment, Map<Key, String> flags) {
        try {
            return Settings.read(
                    toml.isEmpty()
                            ? Optional.empty()
                            : Optional.of(Files.writeString(folder.resolve("mouthpiece.toml"), toml)),
                    environment,
                    flags);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
