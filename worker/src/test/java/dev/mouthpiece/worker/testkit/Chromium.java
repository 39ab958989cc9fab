package dev.mouthpiece.worker.testkit;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The system's Chromium, driven by Playwright; installed with apt where it is missing and that is allowed. */
public final class Chromium {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    private static final List<String> USUAL = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run");

    private Chromium() {}

    /** Playwright without a browser of its own. */
    public static Playwright playwright() {
        return Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    }

    /** A browser without a window. */
    public static Browser launch(Playwright playwright, String... flags) {
        final List<String> args = new ArrayList<>(USUAL);
        args.add("--headless=new");
        args.addAll(List.of(flags));
        return playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(find())
                        // The old kind of headless, which Playwright would choose, is another browser.
                        .setIgnoreDefaultArgs(List.of("--headless", "--mute-audio"))
                        .setArgs(args));
    }

    private static Path find() {
        return onPath().orElseGet(() -> {
            install();
            return onPath().orElseThrow(() -> new IllegalStateException(
                    "the studio's tests need Chromium: install it, for instance with apt-get install chromium"));
        });
    }

    private static Optional<Path> onPath() {
        for (final String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
            for (final String name : NAMES) {
                final Path program = Path.of(folder, name);
                if (Files.isExecutable(program)) {
                    return Optional.of(program);
                }
            }
        }
        return Optional.empty();
    }

    private static void install() {
        try {
            final Process apt = new ProcessBuilder(
                            "sh",
                            "-c",
                            "apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
                                    + " chromium fonts-dejavu-core")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!apt.waitFor(10, TimeUnit.MINUTES)) {
                apt.destroyForcibly();
            }
        } catch (IOException e) {
            throw new IllegalStateException("Chromium is missing, and apt-get cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
