package dev.mouthpiece.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.mouthpiece.worker.devroom.LocalServer;
import dev.mouthpiece.worker.devroom.ServerProgram;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import dev.mouthpiece.worker.testkit.PythonAgent;
import dev.mouthpiece.worker.testkit.PythonViewer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mouthpiece dev-room}, with a real server where one is needed. */
class DevRoomTest {
    @Test
    void shouldRefuseWhatCannotBe(@TempDir Path folder) {
        CommandLineRun.of("dev-room", "--port", 80).assertRefused("--port must be 1024..65500: 80");
        CommandLineRun.of("dev-room", "--room", " ").assertRefused("--room must not be empty");
        CommandLineRun.of("dev-room", "--port", freePort(), "--server", folder.resolve("nothing"))
                .assertRefused("nothing is no program that can be run");
    }

    @Test
    void shouldSayWhenAnotherProgramHasThePort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CommandLineRun.of("dev-room", "--port", taken.getLocalPort())
                    .assertRefused("port " + taken.getLocalPort(), "choose another --port");
        }
    }

    @Test
    void shouldNotTakeAnyWebServerForLiveKit() throws IOException {
        final HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.start();
        try {
            CommandLineRun.of("dev-room", "--port", web.getAddress().getPort()).assertRefused("is taken");
        } finally {
            web.stop(0);
        }
    }

    @Test
    void shouldTellWhatTheServerSaidWhenItDoesNotStart(@TempDir Path folder) throws IOException {
        final Path program = Files.writeString(folder.resolve("broken"), "#!/bin/sh\necho no good\nexit 3\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();

        final CommandLineRun run = CommandLineRun.of("dev-room", "--port", freePort(), "--server", program);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).singleElement().asString().contains("ended at once", "no good");
    }

    @Test
    @Tag("slow")
    void shouldTakeServerThatRunsAlreadyAndMintTokensForIt() {
        try (LiveKitServer server = LiveKitServer.start()) {
            final int port = Integer.parseInt(server.url().replaceAll(".*:", ""));
            CommandLineRun.of("dev-room", "--port", port).assertRefused("refuses these tokens", "--api-key");

            final CommandLineRun run = CommandLineRun.of(
                    "dev-room", "--port", port, "--api-key", LiveKitServer.KEY, "--api-secret", LiveKitServer.SECRET);

            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.out()).contains("found on " + server.url(), "room dev");
            assertTokensWork(server, run.out());
        }
    }

    private static void assertTokensWork(LiveKitServer server, String out) {
        try (PythonViewer viewer = PythonViewer.alone();
                PythonAgent agent = PythonAgent.alone()) {
            viewer.join(server, find(out, "&token=(\\S+)"), "avatar");
            agent.join(server, find(out, "LIVEKIT_TOKEN=(\\S+) python3"), PythonAgent.Options.standard("avatar"));
            try (PythonViewer avatar = PythonViewer.alone()) {
                avatar.join(server, find(out, "join --url \\S+ --token (\\S+)"), "nobody");
                final var seen = viewer.await(0, "participant_connected", Duration.ofSeconds(20));
                assertThat(server.participants("dev")).hasSize(3);
                assertThat(seen.path("identity").asText()).isIn("avatar", "agent");
                final var participant = server.participant("dev", "avatar").orElseThrow();
                assertThat(participant.getKind().name()).isEqualTo("AGENT");
                assertThat(participant.getAttributesMap()).containsEntry("lk.publish_on_behalf", "agent");
            }
        }
    }

    @Test
    @Tag("slow")
    void shouldStartServerAndStopItWhenInterrupted() throws Exception {
        final Path program = ServerProgram.install(line -> {});
        final int port = freePort();
        final String url = LocalServer.Ports.from(port).httpUrl();
        final var interruption = new Interruption();
        final Background<CommandLineRun> running = Background.start(
                "dev-room",
                () -> CommandLineRun.with(
                        InputStream.nullInputStream(), interruption, "dev-room", "--port", port, "--server", program));
        final long deadlineNs = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!LocalServer.answers(url) && deadlineNs - System.nanoTime() > 0) {
            Thread.onSpinWait();
        }

        interruption.raise();
        final CommandLineRun run = running.join();

        assertThat(run.code()).as(run.err()).isEqualTo(Interruption.EXIT_CODE);
        assertThat(run.out()).contains("started on ws://127.0.0.1:" + port, "Ctrl-C stops");
        assertThat(LocalServer.answers(url)).isFalse();
        assertThat(Path.of(find(run.out(), "python3 (\\S+)"))).exists();
    }

    private static String find(String text, String pattern) {
        final Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
        return matcher.group(1);
    }

    /** The first of four in a row that are free. */
    private static int freePort() {
        return LocalServer.Ports.free().http();
    }
}
