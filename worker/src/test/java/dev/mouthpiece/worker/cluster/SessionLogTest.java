package dev.mouthpiece.worker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a daemon logs while sessions are in their rooms. */
@Tag("slow")
class SessionLogTest {
    /** Rooms whose code runs for one session or another once the process has started. */
    private static final String OF_SESSIONS = "dev\\.mouthpiece\\.worker\\.(livekit|rtc|room|transport)\\..*";

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long LOOK_NS = Duration.ofMillis(20).toNanos();

    @Test
    void shouldNameTheSessionInEveryLineThatIsWrittenForOne(@TempDir Path home) {
        final Map<String, String> settings = Map.of(
                "MOUTHPIECE_SERVER_PORT", "0", "MOUTHPIECE_WORKER_CAPACITY", "4", "MOUTHPIECE_LOG_LEVEL", "debug");
        try (LiveKitServer rooms = LiveKitServer.start();
                DaemonProcess daemon = DaemonProcess.start("log", home, settings, List.of(), "serve")) {
            await("the daemon is open", daemon::isOpen);
            final int started = daemon.events().size();
            try (SessionApi api = new SessionApi(daemon.url(), rooms)) {
                final String shown = api.createFace();
                final String cut = api.create();
                await(
                        "they are in their rooms",
                        () -> api.avatar(shown).isPresent() && api.avatar(cut).isPresent());
                api.end(shown);
                await("it has ended", () -> is(api, shown, "ended"));
                rooms.kill();
                await("the other one tries to come back", () -> daemon.events().stream()
                        .anyMatch(event -> session(event).equals(cut) && isOfSessions(event)));
                final String lost = api.create();
                await("its room cannot be reached", () -> is(api, lost, "failed"));

                final List<JsonNode> lines = daemon.events().stream()
                        .skip(started)
                        .filter(SessionLogTest::isOfSessions)
                        .toList();
                assertThat(lines)
                        .allSatisfy(line ->
                                assertThat(session(line)).as(line.toString()).isIn(shown, cut, lost));
                assertThat(lines).extracting(SessionLogTest::session).contains(shown, cut, lost);
            }
        }
    }

    private static boolean isOfSessions(JsonNode event) {
        return event.path("logger").asText().matches(OF_SESSIONS);
    }

    private static String session(JsonNode event) {
        return event.path("session").asText();
    }

    private static boolean is(SessionApi api, String session, String status) {
        return api.get(session).path("status").asText().equals(status);
    }

    private static void await(String what, BooleanSupplier fact) {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (!fact.getAsBoolean()) {
            if (deadlineNs - System.nanoTime() <= 0) {
                throw new AssertionError("after " + PATIENCE.toSeconds() + " s it is still not so that " + what
                        + "; the log is in target/testkit");
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }
}
