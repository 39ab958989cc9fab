package dev.mouthpiece.worker.config;

import dev.mouthpiece.worker.BadInputException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tree that is passed down.
 *
 * @param home folder of the database, the caches and what was measured
 */
public record Config(
        Path home,
        Server server,
        Store store,
        Worker worker,
        Browser browser,
        Limits limits,
        Images images,
        Webhook webhook,
        Log log) {

    /**
     * The API.
     *
     * @param publicUrl null for as each request came
     * @param isLoopback whether nobody outside this machine can reach it
     */
    public record Server(String host, int port, @Nullable String publicUrl, List<String> origins, boolean isLoopback) {}

    /**
     * The database.
     *
     * @param retention of sessions that are over
     */
    public record Store(
            String url, @Nullable String user, @Nullable String password, Duration retention) {
        @Override
        public String toString() {
            return "Store[" + url + "]";
        }
    }

    /**
     * The worker.
     *
     * @param capacity places; 0 for as measured
     * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
     */
    public record Worker(int capacity, Duration drain, String model, String device) {}

    /** What bounds the API's users. 0 is any number, but for the times. */
    public record Limits(int createsPerMinute, int sessionsPerKey, Duration session, Duration queue, int waiting) {}

    /** Pictures by URL. */
    public record Images(boolean isPrivateAllowed, Duration fetch) {}

    /**
     * Who is told of events.
     *
     * @param url empty for nobody
     */
    public record Webhook(String url, String secret) {
        @Override
        public String toString() {
            return "Webhook[" + url + "]";
        }
    }

    /**
     * The log.
     *
     * @param format auto, text or json
     * @param level error, warn, info or debug
     */
    public record Log(String format, String level) {}

    /**
     * The tree of these settings.
     *
     * @throws BadInputException if they do not fit together
     */
    public static Config of(Path home, Settings settings) {
        final String host = settings.text(Key.SERVER_HOST);
        final boolean isLoopback = isLoopback(host);
        final String allowed = settings.text(Key.IMAGES_PRIVATE);
        final var webhook = new Webhook(settings.text(Key.WEBHOOK_URL), settings.text(Key.WEBHOOK_SECRET));
        if (!webhook.url().isEmpty() && webhook.secret().isEmpty()) {
            throw new BadInputException("webhook.url needs webhook.secret, which signs what is told");
        }
        if (!webhook.url().isEmpty() && !webhook.url().matches("https?://\\S+")) {
            throw new BadInputException("webhook.url must be an http or https URL");
        }
        final String url = settings.text(Key.DATABASE_URL);
        if (!url.isEmpty() && !url.startsWith("jdbc:postgresql:") && !url.startsWith("jdbc:h2:")) {
            throw new BadInputException("database.url must begin with jdbc:postgresql: or jdbc:h2:");
        }
        return new Config(
                home,
                new Server(
                        host,
                        settings.number(Key.SERVER_PORT),
                        orNull(settings.text(Key.SERVER_PUBLIC_URL).replaceAll("/+$", "")),
                        Arrays.stream(settings.text(Key.SERVER_ORIGINS).split(",", -1))
                                .map(String::strip)
                                .toList(),
                        isLoopback),
                new Store(
                        url.isEmpty() ? embedded(home) : url,
                        orNull(settings.text(Key.DATABASE_USER)),
                        orNull(settings.text(Key.DATABASE_PASSWORD)),
                        Duration.ofDays(settings.number(Key.RETENTION_DAYS))),
                new Worker(
                        settings.number(Key.WORKER_CAPACITY),
                        Duration.ofSeconds(settings.number(Key.WORKER_DRAIN)),
                        settings.text(Key.WORKER_MODEL),
                        settings.text(Key.WORKER_DEVICE)),
                Browser.of(settings),
                new Limits(
                        settings.number(Key.LIMITS_CREATES),
                        settings.number(Key.LIMITS_SESSIONS),
                        Duration.ofSeconds(settings.number(Key.LIMITS_DURATION)),
                        Duration.ofSeconds(settings.number(Key.LIMITS_QUEUE)),
                        settings.number(Key.LIMITS_WAITING)),
                new Images(
                        allowed.equals("yes") || (allowed.equals("auto") && isLoopback),
                        Duration.ofSeconds(settings.number(Key.IMAGES_FETCH))),
                webhook,
                new Log(settings.text(Key.LOG_FORMAT), settings.text(Key.LOG_LEVEL)));
    }

    /** A file that several processes of this machine may use; what is committed is written at once. */
    private static String embedded(Path home) {
        return "jdbc:h2:file:" + home.resolve("database").resolve("mouthpiece").toAbsolutePath()
                + ";AUTO_SERVER=TRUE;WRITE_DELAY=0";
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static boolean isLoopback(String host) {
        try {
            for (final InetAddress address : InetAddress.getAllByName(host)) {
                if (!address.isLoopbackAddress()) {
                    return false;
                }
            }
            return true;
        } catch (UnknownHostException e) {
            throw new BadInputException("server.host " + host + " is no address of this machine", e);
        }
    }
}
