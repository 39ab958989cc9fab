package dev.mouthpiece.worker.studio;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.javalin.Javalin;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The studio page:
 *
 * <pre>
 *   GET /                               the page, and its files beside it
 *   GET /studio/samples                 what the samples are; /studio/samples/{name}.wav
 *   GET /studio/avatars/{id}/picture    JPEG, PNG or WebP
 *   GET /studio/overview                server-sent events: an {@link Overview} whenever it has changed
 * </pre>
 *
 * <p>Who may see pictures and overview is the API's to say: {@code guard} throws what the caller is told.
 */
public final class StudioRoutes {
    private static final String FILES = "/dev/mouthpiece/studio/";
    private static final String SAMPLES = "/dev/mouthpiece/demo/speech/";
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
                    + " media-src 'self' blob:; connect-src 'self' http: https: ws: wss:; worker-src 'self'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=utf-8",
            "css", "text/css;charset=utf-8",
            "js", "text/javascript;charset=utf-8",
            "svg", "image/svg+xml");
    private static final List<String> PAGE = List.of(
            "index.html",
            "studio.css",
            "studio.js",
            "api.js",
            "gallery.js",
            "mic.js",
            "mic-worklet.js",
            "notices.js",
            "numbers.js",
            "operator.js",
            "player.js",
            "plot.js",
            "speech.js",
            "icon.svg");

    /** Each watcher holds a thread and asks the store once a second. */
    private static final int MAX_WATCHERS = 32;

    private static final long LOOK_MS = 1_000;
    private static final int COMMENT_EVERY_LOOKS = 15;

    /** In the order of the page. */
    private static final List<Sample> SPOKEN = List.of(
            new Sample(
                    "hello",
                    "Hello",
                    "Hello, I'm Mouthpiece. Give me a portrait and a voice, and I will speak for you, live, in any room you"
                            + " like.",
                    "/studio/samples/hello.wav"),
            new Sample(
                    "lips",
                    "Closed lips",
                    "Maybe a brave puppy from Memphis bumped my favorite purple lamp, but five people have made it beautiful"
                            + " again.",
                    "/studio/samples/lips.wav"),
            new Sample(
                    "house",
                    "Your own house",
                    "Everything runs on your own machine. Speech comes in, a talking face goes out, and nothing leaves the"
                            + " house.",
                    "/studio/samples/house.wav"));

    private static final ObjectMapper JSON =
            new ObjectMapper().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

    private static final Logger LOG = LoggerFactory.getLogger(StudioRoutes.class);

    private final Avatars avatars;
    private final Overseer overseer;
    private final Guard guard;
    private final Semaphore watchers = new Semaphore(MAX_WATCHERS);

    /** A sample of speech, as the page shows it. */
    record Sample(String name, String title, String text, String url) {}

    /** A file of the page. */
    private record PageFile(byte[] bytes, String type, String etag) {}

    /** Where avatars' pictures are. */
    public interface Avatars {
        /** The picture's file as it was given; empty if the caller has no such avatar, or it has no picture. */
        Optional<byte[]> picture(Context caller, String avatar);
    }

    /** What there is to oversee. */
    public interface Overseer {
        /** As it is now, as far as it is the caller's. Asked once a second. */
        Overview look(Context caller);
    }

    /** Who may ask. */
    public interface Guard {
        /** Throws one of Javalin's exceptions if the caller may not. */
        void check(Context caller);
    }

    private StudioRoutes(Avatars avatars, Overseer overseer, Guard guard) {
        this.avatars = avatars;
        this.overseer = overseer;
        this.guard = guard;
    }

    /** Adds the routes to {@code app}. */
    public static void register(Javalin app, Avatars avatars, Overseer overseer, Guard guard) {
        final var routes = new StudioRoutes(avatars, overseer, guard);
        final Map<String, PageFile> files = new LinkedHashMap<>();
        for (final String name : PAGE) {
            files.put("/" + name, read(name));
        }
        final PageFile index = files.get("/index.html");
        files.put("/", index == null ? read("index.html") : index);
        files.forEach((path, file) -> app.get(path, context -> send(context, file)));
        app.get("/studio/samples", context -> context.contentType("application/json")
                .result(JSON.writeValueAsBytes(Map.of("samples", SPOKEN))));
        for (final Sample sample : SPOKEN) {
            app.get(sample.url, context -> context.contentType("audio/wav")
                    .header("Cache-Control", "max-age=3600")
                    .result(resource(SAMPLES + sample.name + ".wav")));
        }
        app.get("/studio/avatars/{id}/picture", routes::picture);
        app.get("/studio/overview", routes::watch);
    }

    private static void send(Context context, PageFile file) {
        context.header("ETag", file.etag)
                .header("Cache-Control", "no-cache")
                .header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer");
        if (file.etag.equals(context.header("If-None-Match"))) {
            context.status(304);
        } else {
            context.contentType(file.type).result(file.bytes);
        }
    }

    private void picture(Context context) {
        guard.check(context);
        final Optional<byte[]> picture = avatars.picture(context, context.pathParam("id"));
        if (picture.isEmpty()) {
            context.status(404).contentType("text/plain").result("this avatar has no picture\n");
            return;
        }
        context.contentType(imageType(picture.get()))
                .header("Cache-Control", "private, max-age=300")
                .header("X-Content-Type-Options", "nosniff")
                .result(picture.get());
    }

    /** Holds the caller's thread until the caller has gone. */
    private void watch(Context context) {
        guard.check(context);
        if (!watchers.tryAcquire()) {
            context.status(503).header("Retry-After", "10").result("too many watch already\n");
            return;
        }
        try {
            context.contentType("text/event-stream")
                    .header("Cache-Control", "no-store")
                    .header("X-Accel-Buffering", "no");
            // Not Javalin's own stream, which compresses, and so keeps what is to be seen at once.
            final OutputStream out = context.res().getOutputStream();
            @Nullable String told = null;
            for (int look = 0; ; look++) {
                final Overview now = overseer.look(context);
                // The time of day alone is no news, and ages are told when something else is.
                final String essence = essence(now);
                if (!essence.equals(told) || look % COMMENT_EVERY_LOOKS == 0) {
                    told = essence;
                    out.write(("data:" + JSON.writeValueAsString(now) + "\n\n").getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
                Thread.sleep(LOOK_MS);
            }
        } catch (IOException e) {
            LOG.debug("a watcher has gone", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            watchers.release();
        }
    }

    private static String essence(Overview overview) throws IOException {
        final StringBuilder essence = new StringBuilder();
        overview.sessions().forEach(s -> essence.append(s.id())
                .append(s.status())
                .append(s.where())
                .append(s.reason()));
        overview.workers().forEach(w -> essence.append(w.id())
                .append(w.state())
                .append(w.sessions())
                .append(w.capacity()));
        return essence.append(JSON.writeValueAsString(overview.avatars())).toString();
    }

    private static String imageType(byte[] picture) {
        if (picture.length > 3 && (picture[0] & 0xff) == 0xff) {
            return "image/jpeg";
        }
        return picture.length > 3 && picture[1] == 'P' ? "image/png" : "image/webp";
    }

    private static PageFile read(String name) {
        final byte[] bytes = resource(FILES + name);
        final String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
        try {
            final byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new PageFile(bytes, type, "\"" + HexFormat.of().formatHex(hash, 0, 12) + "\"");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static byte[] resource(String path) {
        try (InputStream in = StudioRoutes.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + path);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
