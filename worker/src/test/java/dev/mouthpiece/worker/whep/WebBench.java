package dev.mouthpiece.worker.whep;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import dev.mouthpiece.worker.testkit.Chromium;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a person at a browser waits for, measured in Chromium: {@code bench/web}. Server, browser and decoder share the machine, so
 * every number is an upper bound for the server's part.
 */
final class WebBench {
    private static final List<String> PARTS = List.of("load", "offer", "click", "offset", "four", "come");
    private static final int RUNS = 20;

    /** Where the screen's clock stands against the pictures' is another chance on each page. */
    private static final int OFFSET_PAGES = 6;

    private static final int BEEPS = 8;

    private final DevServer server = new DevServer(0, WhepConfig.DEFAULT);
    private final Playwright playwright = Chromium.playwright();
    private final Browser browser =
            Chromium.launch(playwright, "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream");

    private WebBench() {}

    /**
     * Prints one line per number.
     *
     * @param args which of them; none for all
     */
    public static void main(String[] args) throws Exception {
        final var bench = new WebBench();
        bench.server.warmUp();
        for (final String part : args.length == 0 ? PARTS : List.of(args)) {
            bench.run(part);
        }
        bench.browser.close();
        bench.playwright.close();
        bench.server.close();
    }

    private void run(String part) throws IOException {
        switch (part) {
            case "load" -> loads();
            case "offer" -> offers();
            case "click" -> clicks();
            case "offset" -> offsets();
            case "four" -> four();
            case "come" -> comeAndGo();
            default -> throw new IllegalArgumentException(part + " is none of " + PARTS);
        }
    }

    private void loads() {
        final List<Double> ms = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            try (BrowserContext fresh = browser.newContext()) {
                final Page page = live(fresh);
                ms.add(number(page, "performance.getEntriesByName('live')[0].startTime"));
            }
        }
        tell("page load to the first picture, ms", ms.subList(2, ms.size()));
    }

    private void offers() {
        try (BrowserContext context = browser.newContext()) {
            final Page page = live(context);
            final List<Double> ms = new ArrayList<>();
            for (int i = 0; i < RUNS; i++) {
                ms.add(((Number) page.evaluate("measure.offer()")).doubleValue());
            }
            tell("POST of the offer to the first decoded picture, ms", ms.subList(2, ms.size()));
        }
    }

    private void clicks() {
        try (BrowserContext context = browser.newContext()) {
            final Page page = live(context);
            page.waitForTimeout(3_000);
            final List<Double> ms = new ArrayList<>();
            for (int i = 0; i < RUNS; i++) {
                page.evaluate("measure.arm()");
                page.locator("[data-sample=hello]").click();
                page.waitForTimeout(1_500);
                ms.add(number(page, "measure.moved"));
                page.keyboard().press("Escape");
                page.waitForTimeout(1_200 + 37 * i % 100);
            }
            tell("click on a sample to the first movement of the lips, ms", ms);
        }
    }

    private void offsets() {
        final List<Double> element = new ArrayList<>();
        final List<Double> webAudio = new ArrayList<>();
        final List<Double> receiver = new ArrayList<>();
        final List<Double> medians = new ArrayList<>();
        for (int i = 0; i < OFFSET_PAGES; i++) {
            try (BrowserContext context = browser.newContext(new Browser.NewContextOptions().setBypassCSP(true))) {
                context.addInitScript("localStorage.setItem('mouthpiece.avatar', 'av_pattern')");
                final Page page = live(context);
                page.waitForTimeout(1_500);
                @SuppressWarnings("unchecked")
                final var found = (Map<String, List<Number>>) page.evaluate("measure.beeps(" + BEEPS + ")");
                final List<Double> onThisPage = doubles(found.get("element"));
                element.addAll(onThisPage);
                medians.add(median(onThisPage));
                webAudio.addAll(doubles(found.get("webAudio")));
                receiver.addAll(doubles(found.get("receiver")));
            }
        }
        tell("sound after picture, as the element plays it, ms", element);
        tell("of that each page's median, ms", medians);
        tell("sound after picture, as Web Audio has it, ms", webAudio);
        tell("sound after picture, as the receiver says of itself, ms", receiver);
    }

    private static List<Double> doubles(@Nullable List<Number> numbers) {
        return Objects.requireNonNull(numbers).stream().map(Number::doubleValue).toList();
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private void four() {
        final List<BrowserContext> contexts = new ArrayList<>();
        final List<Page> pages = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final BrowserContext context = browser.newContext();
            contexts.add(context);
            pages.add(live(context));
        }
        for (final Page page : pages) {
            page.locator("[data-sample=house]").click();
        }
        pages.getFirst().waitForTimeout(1_000);
        final List<double[]> before = received(pages);
        pages.getFirst().waitForTimeout(5_000);
        final List<double[]> after = received(pages);
        final List<Double> fps = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            final double seconds = (after.get(i)[1] - before.get(i)[1]) / 1e3;
            fps.add((after.get(i)[0] - before.get(i)[0]) / seconds);
        }
        tell("four sessions that speak, each watched: pictures a second that arrived", fps);
        System.out.printf(Locale.ROOT, "made a second since each was ordered: %s%n", server.frames());
        contexts.forEach(BrowserContext::close);
    }

    /** Of each page: pictures that have arrived, and when that was counted, ms. */
    private static List<double[]> received(List<Page> pages) {
        return pages.stream()
                .map(page -> ((List<?>) page.evaluate("measure.received()"))
                        .stream()
                                .mapToDouble(value -> ((Number) value).doubleValue())
                                .toArray())
                .toList();
    }

    private void comeAndGo() throws IOException {
        try (BrowserContext context = browser.newContext()) {
            final Page page = live(context);
            page.evaluate("measure.comeAndGo(10)");
            System.out.println("viewers come and go: after 10: " + process());
            for (int i = 0; i < 5; i++) {
                page.evaluate("measure.comeAndGo(20)");
                System.out.println("after " + (30 + 20 * i) + ": " + process());
            }
        }
    }

    private Page live(BrowserContext context) {
        context.addInitScript(script());
        final Page page = context.newPage();
        page.navigate(server.url());
        page.locator("html[data-state=live]").waitFor();
        page.evaluate("measure.begin()");
        return page;
    }

    private static String process() throws IOException {
        System.gc();
        final String rss = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .findFirst()
                .orElse("");
        return count("/proc/self/task") + " threads, " + count("/proc/self/fd") + " descriptors, " + rss;
    }

    private static long count(String folder) throws IOException {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            return files.count();
        }
    }

    private static double number(Page page, String expression) {
        return ((Number) page.evaluate(expression)).doubleValue();
    }

    private static void tell(String what, List<Double> values) {
        final List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%s: n %d, min %.1f, p50 %.1f, p95 %.1f, max %.1f%n",
                what,
                sorted.size(),
                sorted.getFirst(),
                sorted.get(sorted.size() / 2),
                sorted.get(Math.min(sorted.size() - 1, (int) (sorted.size() * 0.95))),
                sorted.getLast());
    }

    private static String script() {
        try (InputStream in = WebBench.class.getResourceAsStream("measure.js")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
