package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands around the daemon. */
class DaemonCommandsTest {
    @Test
    void shouldPrintANewKeyAlone(@TempDir Path folder) {
        final String database = "jdbc:h2:file:" + folder.resolve("keys") + ";AUTO_SERVER=TRUE";

        final CommandLineRun created = CommandLineRun.of("keys", "create", "studio", "--database", database);
        assertThat(created.code()).as(created.err()).isZero();
        assertThat(created.out()).matches("mp_[A-Za-z0-9_-]{43}\\R");
        final String key = created.out().strip();

        final CommandLineRun listed = CommandLineRun.of("keys", "list", "--database", database);
        assertThat(listed.out()).contains("valid", "studio").doesNotContain(key);
        CommandLineRun.of("keys", "create", "studio", "--database", database)
                .assertRefused("there is a key named studio already");
        assertThat(CommandLineRun.of("keys", "revoke", "studio", "--database", database)
                        .code())
                .isZero();
        CommandLineRun.of("keys", "revoke", "studio", "--database", database)
                .assertRefused("there is no valid key named studio");
        CommandLineRun.of("keys").assertRefused("name a command: create, list or revoke");
    }

    @Test
    void shouldExplainSettings() {
        final CommandLineRun run =
                CommandLineRun.of("config", "--set", "limits.waiting=5", "--set", "database.password=hunter2");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("limits.waiting = 5   [sessions]", "now from: command line", "MOUTHPIECE_LIMITS_WAITING")
                .doesNotContain("hunter2");
        CommandLineRun.of("config", "--set", "no.such=1").assertRefused("there is no setting no.such");
        CommandLineRun.of("config", "--config", "nowhere.toml").assertRefused("nowhere.toml does not exist");
        CommandLineRun.of("config", "--database", "mysql:x").assertRefused("database.url must begin with");
    }
}
