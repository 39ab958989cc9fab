package dev.mouthpiece.worker.whep;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import dev.mouthpiece.worker.testkit.Chromium;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** The page in a real browser, with real sessions behind it. Pictures of it stay in target/screenshots. */
@Tag("slow")
class StudioPageTest {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final double PATIENCE_MS = 60_000;

    private static Playwright playwright;
    private static Browser browser;
    private static DevServer server;

    private BrowserContext context;
    private Page page;
    private String name;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(SCREENSHOTS);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
        final Path voice = Files.createTempFile("voice", ".wav");
        voice.toFile().deleteOnExit();
        Files.write(voice, resource("/dev/mouthpiece/demo/speech/hello.wav"));
        server = new DevServer(0, WhepConfig.DEFAULT);
        server.warmUp();
        playwright = Chromium.playwright();
        browser = Chromium.launch(
                playwright,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                "--use-file-for-fake-audio-capture=" + voice);
    }

    @AfterAll
    static void stop() {
        browser.close();
        playwright.close();
        server.close();
    }

    @BeforeEach
    void open(TestInfo test) {
        name = test.getTestMethod().orElseThrow().getName().replaceAll("^should", "");
        context = browser.newContext(new Browser.NewContextOptions().setViewportSize(1440, 900));
        context.setDefaultTimeout(PATIENCE_MS);
        page = context.newPage();
    }

    @AfterEach
    void close() {
        shot(page, name);
        context.close();
    }

    @Test
    void shouldShowALivingFaceThatSpeaksWhileTheSampleIsHeardAndRestsAfterwards() {
        live(page);
        page.evaluate("watch.listen()");
        await("watch.since(watch.moves, 2000).length > 30");
        assertThat(number("watch.colours")).as("colours of the mouth").isGreaterThan(30.0);
        final double atRest = number("watch.mean(watch.moves, 2000)");

        page.locator("[data-sample=hello]").click();
        assertThat(page.locator("#speaking")).isVisible();
        await("watch.mean(watch.rms, 1500) > 0.01");
        await("watch.mean(watch.moves, 1500) > " + 3 * atRest);
        shot(page, name + "-speaking");
        final double speaking = number("watch.mean(watch.moves, 1500)");

        assertThat(page.locator("#speaking")).isHidden();
        await("watch.mean(watch.moves, 1200) < " + speaking / 2);
        await("watch.mean(watch.rms, 1200) < 0.001");
        assertThat(page.locator("#plot-says"))
                .containsText(Pattern.compile("Said in 6\\.[0-9] s; the mouth opened [0-9]+ times"));
        assertThat(page.locator("#n-first")).containsText("ms");
        assertThat(page.locator("#n-fps")).containsText(Pattern.compile("^(1[0-9]|2[0-6])"));
        assertThat(page.locator("#n-queue")).hasText("nothing");
    }

    @Test
    void shouldFallSilentAndCloseTheMouthWhenInterrupted() {
        live(page);
        page.locator("[data-sample=house]").click();
        assertThat(page.locator("#speaking")).isVisible();
        page.evaluate("watch.listen()");
        await("watch.mean(watch.rms, 1000) > 0.005");

        page.keyboard().press("Escape");
        assertThat(page.locator("#speaking")).isHidden();
        // The sample itself would go on for longer than this is waited for.
        await("watch.mean(watch.rms, 800) < 0.001", 6_000);
        await("watch.mean(watch.moves, 800) < 1.5");
        assertThat(page.locator("#plot-says")).containsText("Interrupted after");
        assertThat(page.locator("#interrupt")).isDisabled();
    }

    @Test
    void shouldSpeakWhatTheMicrophoneHearsWhileTheButtonIsHeld() {
        live(page);
        final Locator talk = page.locator("#talk");
        talk.hover();
        page.mouse().down();
        assertThat(page.locator("#speaking")).isVisible();
        await("Number(document.getElementById('meter').ariaValueNow) > 0");
        shot(page, name + "-held");
        page.mouse().up();
        assertThat(page.locator("#speaking")).isHidden();

        assertThat(page.locator("#plot-says")).containsText("Said in");
        assertThat(page.locator("#n-first-says")).containsText("after your first sound");
    }

    @Test
    void shouldFindByItselfWhereSpeechBeginsAndEndsWhileItKeepsListening() {
        live(page);
        page.locator("#continuous").check(new Locator.CheckOptions().setForce(true));
        assertThat(page.locator("#speaking")).isVisible();
        assertThat(page.locator("#mic-says")).containsText("Listening to you");
        page.locator("#continuous").uncheck(new Locator.UncheckOptions().setForce(true));
        assertThat(page.locator("#speaking")).isHidden();
        assertThat(page.locator("#plot-says")).containsText("Said in");
    }

    @Test
    void shouldSpeakARecordingThatIsChosen() throws IOException {
        live(page);
        page.locator("#audio-file")
                .setInputFiles(
                        new FilePayload("lips.wav", "audio/wav", resource("/dev/mouthpiece/demo/speech/lips.wav")));
        assertThat(page.locator("#speaking")).isVisible();
        assertThat(page.locator("#audio-says")).containsText("lips.wav, 7.5 s");

        page.locator("#audio-file")
                .setInputFiles(
                        new FilePayload("notes.mp3", "audio/mp3", "not a sound".getBytes(StandardCharsets.UTF_8)));
        assertThat(page.locator("[data-name=speech]")).containsText("notes.mp3 is no sound that this browser can read");
    }

    @Test
    void shouldLetAGoodPictureSpeakAndSayWhatIsWrongWithBadOnes() throws IOException {
        live(page);
        final byte[] portrait = resource("/dev/mouthpiece/demo/av_stock_002.jpg");
        final BufferedImage face = ImageIO.read(new ByteArrayInputStream(portrait));

        bad(new FilePayload("sunset.png", "image/png", sunset()), "No face found");
        bad(new FilePayload("tiny.png", "image/png", scaled(face, 96)), "128");
        bad(new FilePayload("page.jpg", "image/jpeg", "<html>hello</html>".getBytes(StandardCharsets.UTF_8)), "page");
        bad(new FilePayload("broken.jpg", "image/jpeg", Arrays.copyOf(portrait, portrait.length / 3)), "");

        page.locator("#portrait-file").setInputFiles(new FilePayload("friend.jpg", "image/jpeg", portrait));
        assertThat(page.locator("#verdict")).containsText("friend is ready");
        assertThat(page.locator("#verdict")).hasClass("good");
        assertThat(page.locator("#gallery input:checked + label")).containsText("friend");
        assertThat(page.locator("html[data-state=live]")).isVisible();
        page.locator("[data-sample=hello]").click();
        assertThat(page.locator("#speaking")).isVisible();
    }

    private void bad(FilePayload picture, String words) {
        page.locator("#portrait-file").setInputFiles(picture);
        assertThat(page.locator("#verdict"))
                .containsText(Pattern.compile(picture.name.replace(".", "\\.") + " (cannot speak|was not taken)"));
        assertThat(page.locator("#verdict")).containsText(words);
        assertThat(page.locator("#verdict")).containsText("A better picture has");
        assertThat(page.locator("#verdict")).hasClass("bad");
        shot(page, name + "-" + picture.name);
    }

    @Test
    void shouldFollowASessionsLifeInTheOperatorsViewAndEndIt() {
        live(page);
        try (Page operator = context.newPage()) {
            operator.navigate(server.url() + "/#/operator");
            final Locator row = operator.locator("#sessions tr").first();
            assertThat(row.locator(".state")).hasText("running");
            assertThat(row).containsText("browser, 1 watch");
            assertThat(operator.locator("#tiles")).containsText("places");
            shot(operator, name + "-operator");

            row.getByText("End", new Locator.GetByTextOptions().setExact(true)).click();
            assertThat(row.locator(".state")).hasText("ended");
            assertThat(row.getByText("End", new Locator.GetByTextOptions().setExact(true)))
                    .hasCount(0);
        }
        assertThat(page.locator("[data-name=ended]")).containsText("This session is over");
        page.locator("#begin").click();
        assertThat(page.locator("html[data-state=live]")).isVisible();
    }

    @Test
    void shouldShowOneSessionToTwoViewersAtOnce() {
        live(page);
        page.evaluate("""
                async () => {
                  const { Viewer } = await import('/player.js');
                  const made = await (await fetch('/v1/sessions', { method: 'POST', body: JSON.stringify({ avatar_id: 'av_stock_003' }) })).json();
                  window.second = [0, 0];
                  for (const i of [0, 1]) {
                    const video = document.createElement('video');
                    video.muted = true;
                    document.body.append(video);
                    const viewer = new Viewer(video);
                    viewer.addEventListener('stream', () => viewer.play(true));
                    const count = () => { second[i]++; video.requestVideoFrameCallback(count); };
                    video.requestVideoFrameCallback(count);
                    await viewer.connect(made.transport.whep_url, made.transport.token);
                  }
                }""");

        await("Math.min(...second) > 40");
    }

    @Test
    void shouldSayThatTheServerIsGoneAndGoOnByItselfWhenItIsBack() {
        final DevServer first = new DevServer(0, WhepConfig.DEFAULT);
        final int port = Integer.parseInt(first.url().replaceAll(".*:", ""));
        first.warmUp();
        page.navigate(first.url());
        assertThat(page.locator("html[data-state=live]")).isVisible();

        first.close();
        assertThat(page.locator("[data-name=gone]")).isVisible();
        assertThat(page.locator("#state-says")).containsText("The server is gone");
        shot(page, name + "-gone");
        try (DevServer second = new DevServer(port, WhepConfig.DEFAULT)) {
            second.warmUp();
            assertThat(page.locator("html[data-state=live]")).isVisible();
            assertThat(page.locator("[data-name=gone]")).hasCount(0);
        }
    }

    @Test
    void shouldSayWhatToDoWhereTheMicrophoneIsNotAllowedAndWhereAllPlacesAreTaken() {
        try (Browser strict = Chromium.launch(playwright);
                BrowserContext alone = strict.newContext()) {
            final Page asking = alone.newPage();
            live(asking);
            asking.locator("#continuous").click(new Locator.ClickOptions().setForce(true));
            assertThat(asking.locator("[data-name=mic]"))
                    .containsText(Pattern.compile("microphone", Pattern.CASE_INSENSITIVE));
            assertThat(asking.locator("#continuous")).not().isChecked();
            shot(asking, name + "-microphone");
        }
        page.route(
                "**/v1/sessions",
                route -> route.fulfill(
                        new Route.FulfillOptions()
                                .setStatus(503)
                                .setHeaders(Map.of("Retry-After", "2"))
                                .setContentType("application/json")
                                .setBody(
                                        "{\"error\":{\"code\":\"at_capacity\",\"message\":\"No worker has room for another session.\"}}")));
        page.navigate(server.url());
        assertThat(page.locator("[data-name=full]")).containsText("All places are taken");
        shot(page, name + "-full");
        page.unroute("**/v1/sessions");
        assertThat(page.locator("html[data-state=live]")).isVisible();
        assertThat(page.locator("[data-name=full]")).hasCount(0);
    }

    @Test
    void shouldPlaySilentlyWhereTheBrowserWantsAGestureAndSoundAfterIt() {
        // Nothing may look into the page before it has tried to play, which it does with the answer: to the browser
        // that is a gesture.
        page.waitForResponse(
                answer -> answer.url().contains("/whep/")
                        && answer.request().method().equals("POST"),
                () -> page.navigate(server.url()));
        page.waitForTimeout(3_000);
        final Locator button = page.locator("#sound-on");
        assertThat(button).isVisible();
        assertThat(page.locator("#mute")).containsText("Sound is off");
        button.click();
        assertThat(button).isHidden();
        assertThat(page.locator("#mute")).containsText("Sound is on");
        assertThat((Boolean) page.evaluate("document.getElementById('face').muted"))
                .isFalse();
    }

    @Test
    void shouldFitEveryWidthInLightAndDarkAndNameEveryControl() {
        for (final int width : List.of(360, 768, 1024, 1440, 1920)) {
            for (final ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                try (BrowserContext sized = browser.newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, 900)
                        .setColorScheme(scheme))) {
                    final Page shown = sized.newPage();
                    live(shown);
                    assertThat(shown.evaluate(
                                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"))
                            .as("overflow at " + width)
                            .isEqualTo(0);
                    shot(shown, "page-" + width + "-" + scheme.name().toLowerCase(Locale.ROOT));
                    assertThat(shown.evaluate("""
                                    [...document.querySelectorAll('button, input, a, video')]
                                        .filter((e) => e.checkVisibility() && !(e.ariaLabel || e.getAttribute('aria-labelledby') || e.labels?.length || e.textContent.trim()))
                                        .map((e) => e.outerHTML).join()"""))
                            .as("controls without a name")
                            .isEqualTo("");
                }
            }
        }
    }

    @Test
    void shouldBeUsableWithTheKeyboardAlone() {
        live(page);
        page.keyboard().press("Tab");
        assertThat(page.locator(".skip")).isFocused();
        page.keyboard().press("2");
        assertThat(page.locator("#speaking")).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.locator("#speaking")).isHidden();
        page.locator("#gallery input").first().focus();
        page.keyboard().press("ArrowRight");
        assertThat(page.locator("#gallery input").nth(1)).isChecked();
        assertThat(page.locator("html[data-state=live]")).isVisible();
        page.keyboard().down("m");
        assertThat(page.locator("#mute")).hasAttribute("aria-pressed", "true");
    }

    private static void live(Page page) {
        page.navigate(server.url());
        assertThat(page.locator("html[data-state=live]")).isVisible();
        page.evaluate(new String(resourceOf("watch.js"), StandardCharsets.UTF_8));
    }

    private void await(String condition) {
        await(condition, PATIENCE_MS);
    }

    private void await(String condition, double patienceMs) {
        page.waitForFunction("() => " + condition, null, new Page.WaitForFunctionOptions().setTimeout(patienceMs));
    }

    private Double number(String expression) {
        return ((Number) page.evaluate(expression)).doubleValue();
    }

    private static void shot(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
    }

    private static byte[] sunset() throws IOException {
        final var picture = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);
        final Graphics2D g = picture.createGraphics();
        for (int y = 0; y < 480; y++) {
            g.setColor(new Color(255 - y / 4, 120 - y / 6, 60 + y / 5));
            g.drawLine(0, y, 640, y);
        }
        g.dispose();
        return png(picture);
    }

    private static byte[] scaled(BufferedImage picture, int width) throws IOException {
        final int height = picture.getHeight() * width / picture.getWidth();
        final var small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        small.createGraphics()
                .drawImage(picture.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING), 0, 0, null);
        return png(small);
    }

    private static byte[] png(BufferedImage picture) throws IOException {
        final var out = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", out);
        return out.toByteArray();
    }

    private static byte[] resourceOf(String name) {
        try {
            return resource("/dev/mouthpiece/worker/whep/" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] resource(String path) throws IOException {
        try (InputStream in = StudioPageTest.class.getResourceAsStream(path)) {
            return Objects.requireNonNull(in, path).readAllBytes();
        }
    }
}
