package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole of {@code mouthpiece doctor}, with the real libraries and models. */
@Tag("slow")
class DoctorTest {
    @Test
    void shouldFindThisMachineFitAndSayOfEachThingHowItIs(@TempDir Path folder) throws Exception {
        final CommandLineRun run = CommandLineRun.of(
                "doctor", "--json", "--port", "0", "--database", "jdbc:h2:file:" + folder.resolve("new"));

        assertThat(run.code()).as(run.out() + run.err()).isZero();
        final JsonNode seen = new ObjectMapper().readTree(run.out());
        assertThat(seen.path("ok").asBoolean()).isTrue();
        assertThat(seen.path("findings").findValuesAsText("name"))
                .contains(
                        "java",
                        "home",
                        "webrtc",
                        "libtorch",
                        "device",
                        "precision",
                        "model puppet",
                        "model face",
                        "model pattern",
                        "database",
                        "port",
                        "udp ports",
                        "clock");
        assertThat(seen.path("findings").findValuesAsText("level")).containsOnly("ok");
        assertThat(folder).as("it changes nothing").isEmptyDirectory();
    }

    @Test
    void shouldFailWithOneWhereSomethingFailsAndSayWhatToDo(@TempDir Path folder) throws Exception {
        final int deaf = freePort();
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            final CommandLineRun run = CommandLineRun.of(
                    "doctor",
                    "--port",
                    taken.getLocalPort(),
                    "--database",
                    "jdbc:postgresql://127.0.0.1:" + deaf + "/mouthpiece",
                    "--livekit",
                    "ws://127.0.0.1:" + deaf,
                    "--set",
                    "worker.model=nobodys");

            assertThat(run.code()).as(run.out() + run.err()).isEqualTo(1);
            assertThat(run.out().lines())
                    .anyMatch(line -> line.startsWith("fail  port ") && line.contains("choose another --port"))
                    .anyMatch(line -> line.startsWith("fail  database ")
                            && line.contains("127.0.0.1:" + deaf)
                            && line.contains("-> see that PostgreSQL runs there"))
                    .anyMatch(line -> line.startsWith("fail  livekit ") && line.contains("-> see that the server runs"))
                    .anyMatch(line ->
                            line.startsWith("fail  model nobodys ") && line.contains("there is no model nobodys"))
                    .anyMatch(line -> line.startsWith("ok    webrtc "))
                    .anyMatch(line -> line.startsWith("ok    model puppet "));
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
