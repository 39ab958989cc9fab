package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Home;
import dev.mouthpiece.worker.config.Key;
import dev.mouthpiece.worker.config.Settings;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.rtc.RtcException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code mouthpiece practice}, for the launcher: does a little of everything in one process, so that Java can keep the classes that are loaded, linked and profiled
 * by it, and later starts find them.
 */
@Command(name = "practice", hidden = true, header = "Makes a film, serves for a moment, and forgets both.")
final class PracticeCommand implements Callable<Integer> {
    private static final String PORTRAIT = "av_stock_001";
    private static final String SPEECH = "hello";
    private static final String SESSION = "{\"avatar_id\":\"" + PORTRAIT + "\",\"transport\":{\"type\":\"whep\"}}";
    private static final List<String> PAGES =
            List.of("", "healthz", "readyz", "metrics", "openapi.json", "v1/status", "v1/avatars", "v1/sessions");

    private final Terminal terminal;

    @Parameters(paramLabel = "FOLDER", description = "Where everything is written; who calls removes it.")
    private Path folder = Path.of("");

    PracticeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        Home.make(folder);
        final int made = new Cli(terminal)
                .run(
                        "render",
                        PORTRAIT,
                        SPEECH,
                        "-q",
                        "-o",
                        folder.resolve("film.mp4").toString());
        if (made == Cli.OK) {
            try {
                serve();
                keepUsualFace();
            } catch (RtcException e) {
                // This machine can make films only; what they need was practised.
                return made;
            }
        }
        return made;
    }

    private void serve() throws InterruptedException {
        final Config config = Config.of(
                folder,
                Settings.read(Optional.empty(), Map.of(), Map.of(Key.SERVER_PORT, "0", Key.WORKER_CAPACITY, "1")));
        LogSetup.daemon(config.log().format(), "error", false);
        try (LiveParts live = LiveParts.load(config, line -> {});
                Daemon daemon = Daemon.start(
                        config, Daemon.open(config), Optional.of(live), Places.of(config, live.device()), true);
                HttpClient client = HttpClient.newHttpClient()) {
            final URI address = URI.create("http://127.0.0.1:" + daemon.port() + "/");
            for (final String page : PAGES) {
                ask(client, HttpRequest.newBuilder(address.resolve(page)).build());
            }
            ask(
                    client,
                    HttpRequest.newBuilder(address.resolve("v1/sessions"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(SESSION))
                            .build());
        }
    }

    /** The face that `join` shows unless told otherwise stands ready from the first call on. */
    private static void keepUsualFace() {
        try (var library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU, AvatarDisk.of())) {
            library.borrow(new AvatarLibrary.Order(
                            "puppet",
                            PORTRAIT,
                            Optional.empty(),
                            () -> Portraits.read(PORTRAIT),
                            () -> Portraits.content(PORTRAIT)))
                    .close();
        }
    }

    private static void ask(HttpClient client, HttpRequest request) throws InterruptedException {
        try {
            final HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 500) {
                throw new IllegalStateException(request.uri() + " answers " + answer.statusCode());
            }
        } catch (IOException e) {
            throw new BadInputException("the loopback interface does not let programs of this machine talk: " + e, e);
        }
    }
}
