package dev.mouthpiece.worker.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.FilePayload;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.testkit.Chromium;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first command of the README: a daemon of its own, its address opened in a browser, a face that talks. */
@Tag("slow")
class ServeStudioTest {
    private static final Pattern ADDRESS = Pattern.compile("mouthpiece: open (http://localhost:[0-9]+/) .*");
    private static final double PATIENCE_MS = 60_000;

    /** A face that lives differs by less than 5 from itself, in levels of 256; from another by more than 25. */
    private static final String THUMBNAIL = """
            () => {
              const context = new OffscreenCanvas(16, 24).getContext('2d', { willReadFrequently: true });
              window.thumbnail = () => {
                context.drawImage(document.getElementById('face'), 0, 0, 16, 24);
                return Array.from(context.getImageData(0, 0, 16, 24).data).filter((x, i) => i % 4 < 3);
              };
            }
            """;

    @BeforeAll
    static void bePatient() {
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
    }

    @Test
    void shouldOpenAPageWhereAFaceTalksAndTheOperatorSeesIt(@TempDir Path home) throws Exception {
        final Process daemon = serve(home, "--capacity", "2");
        try (Playwright playwright = Chromium.playwright();
                Browser browser = Chromium.launch(playwright)) {
            final String address = address(daemon);
            final Page page = browser.newPage();
            page.navigate(address);
            assertThat(page.locator("html[data-state=live]")).isVisible();
            page.locator("[data-sample=lips]").click();
            assertThat(page.locator("#speaking")).isVisible();
            showsAnotherFaceWhenTold(page, address);
            page.locator("#portrait-file")
                    .setInputFiles(
                            new FilePayload("note.png", "image/png", "no picture".getBytes(StandardCharsets.UTF_8)));
            assertThat(page.locator("#verdict.bad")).isVisible();

            final Page operator = browser.newPage();
            operator.navigate(address + "#/operator");
            assertThat(operator.locator("#sessions tr").first().locator(".state"))
                    .hasText("running");
            assertThat(operator.locator("#sessions tr").first()).containsText("browser, 1 viewer");
            assertThat(operator.locator("#tiles")).containsText("1 of 2 places");
            page.close();
            assertThat(operator.locator("#sessions tr").first().locator(".state"))
                    .hasText("ended");
        } finally {
            daemon.destroy();
            assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** By the API, while the page watches: the picture becomes another, and goes on. */
    private static void showsAnotherFaceWhenTold(Page page, String address) throws Exception {
        page.evaluate(THUMBNAIL);
        final var before = page.evaluate("() => thumbnail()");
        final HttpClient client = HttpClient.newHttpClient();
        final String sessions = client.send(
                        HttpRequest.newBuilder(URI.create(address + "v1/sessions"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        final String id = new ObjectMapper().readTree(sessions).at("/data/0/id").asText();
        final String picture = Base64.getEncoder().encodeToString(PlatformAvatars.picture("av_stock_003"));
        final HttpResponse<String> told = client.send(
                HttpRequest.newBuilder(URI.create(address + "api/liveai/sessions/" + id + "/control"))
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"event\":\"update-image\",\"image_base64\":\"" + picture + "\"}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
        page.waitForFunction(
                "before => thumbnail().reduce((sum, x, i) => sum + Math.abs(x - before[i]), 0) / before.length > 25",
                before,
                new Page.WaitForFunctionOptions().setTimeout(PATIENCE_MS));
        final double shown = frames(page);
        page.waitForFunction(
                "shown => document.getElementById('face').getVideoPlaybackQuality().totalVideoFrames > shown + 10",
                shown,
                new Page.WaitForFunctionOptions().setTimeout(PATIENCE_MS));
    }

    private static double frames(Page page) {
        return ((Number) page.evaluate("document.getElementById('face').getVideoPlaybackQuality().totalVideoFrames"))
                .doubleValue();
    }

    @Test
    void shouldSayInOneLineThatThePortIsInUse(@TempDir Path home) throws Exception {
        final Process first = serve(home.resolve("a"), "--capacity", "1");
        try {
            final String port = address(first).replaceAll("\\D", "");
            final Process second = serve(home.resolve("b"), "--capacity", "1", "--port", port);
            final String said = new String(second.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(second.waitFor()).isEqualTo(2);
            assertThat(said.lines().filter(line -> line.startsWith("mouthpiece: ")))
                    .singleElement()
                    .asString()
                    .contains("port " + port, "taken by another program", "--port");
        } finally {
            first.destroy();
            assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static Process serve(Path home, String... options) throws IOException {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Djava.awt.headless=true",
                "-Dai.djl.offline=true",
                "-Dmouthpiece.root=" + Path.of("..").toAbsolutePath().normalize(),
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve"));
        if (!List.of(options).contains("--port")) {
            command.addAll(List.of("--port", "0"));
        }
        command.addAll(List.of(options));
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("MOUTHPIECE_HOME", home.toString());
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        return builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    /** Where the daemon says that it is; what it says later is read and forgotten. */
    private static String address(Process daemon) throws IOException {
        final var lines = new BufferedReader(new InputStreamReader(daemon.getErrorStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            final Matcher said = ADDRESS.matcher(line);
            if (said.matches()) {
                Thread.ofVirtual().start(() -> {
                    try {
                        lines.transferTo(Writer.nullWriter());
                    } catch (IOException e) {
                        // The test has ended the daemon.
                    }
                });
                return said.group(1);
            }
        }
        throw new IllegalStateException("the daemon ended without an address");
    }
}
