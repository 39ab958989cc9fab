package dev.mouthpiece.worker.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mouthpiece.worker.store.Database;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.StoreException;
import dev.mouthpiece.worker.store.WebhookQueue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator's webhook how sessions fare: {@code session.starting}, {@code session.first_frame}, and {@code session.ended}, {@code session.failed} or
 * {@code session.canceled}. On a thread of its own: no session ever waits for it. What could not be told is told again, later and later, for a day; the event's id
 * stays the same.
 *
 * <pre>
 *   X-Mouthpiece-Event      session.ended
 *   X-Mouthpiece-Event-Id   evt_SESSION_3
 *   X-Mouthpiece-Signature  t=UNIX SECONDS,v1=HMAC-SHA256(secret, "t.body") in hexadecimal digits
 * </pre>
 */
public final class WebhookSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookSender.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(2);
    private static final int MAX_DOUBLINGS = 11;
    private static final int AT_A_TIME = 16;
    private static final long POLL_MS = 1_000;

    private final WebhookQueue queue;
    private final URI url;
    private final SecretKeySpec secret;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final ProtofaceViews views = new ProtofaceViews(0);
    private final Semaphore bell = new Semaphore(0);
    private final Thread thread;
    private volatile boolean isClosed;

    private WebhookSender(WebhookQueue queue, String url, String secret) {
        this.queue = queue;
        this.url = URI.create(url);
        this.secret = new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256");
        this.thread = Thread.ofPlatform().name("webhook").daemon().unstarted(this::work);
    }

    /** Starts telling. */
    public static WebhookSender start(Database database, String url, String secret) {
        final var sender = new WebhookSender(new WebhookQueue(database), url, secret);
        database.wakeups().listen(sender.bell::release);
        sender.thread.start();
        return sender;
    }

    private void work() {
        while (!isClosed) {
            try {
                for (final WebhookQueue.News news : queue.take(AT_A_TIME)) {
                    tell(news);
                }
                bell.tryAcquire(POLL_MS, TimeUnit.MILLISECONDS);
                bell.drainPermits();
            } catch (StoreException e) {
                LOG.debug("{}", e.getMessage());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** All that is new of one session, in order. */
    private void tell(WebhookQueue.News news) throws InterruptedException {
        final Session session = news.session();
        for (int stage = news.told() + 1; stage <= news.stage(); stage++) {
            final String type = type(session, stage);
            if (!type.isEmpty() && !send(session, stage, type)) {
                queue.told(session, stage - 1);
                queue.failed(session, FIRST_RETRY.multipliedBy(1L << Math.min(news.attempts(), MAX_DOUBLINGS)));
                return;
            }
        }
        queue.told(session, news.stage());
    }

    /** Empty where the session has skipped that stage. */
    private static String type(Session session, int stage) {
        return switch (stage) {
            case 1 -> session.times().started() == null ? "" : "session.starting";
            case 2 -> session.times().firstFrame() == null ? "" : "session.first_frame";
            default -> "session." + session.state().word();
        };
    }

    private boolean send(Session session, int stage, String type) throws InterruptedException {
        final byte[] body = body(session, stage, type);
        final long now = Instant.now().getEpochSecond();
        final var request = HttpRequest.newBuilder(url)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .header("User-Agent", "mouthpiece")
                .header("X-Mouthpiece-Event", type)
                .header("X-Mouthpiece-Event-Id", eventId(session, stage))
                .header("X-Mouthpiece-Signature", "t=" + now + ",v1=" + sign(now, body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        try {
            final int status =
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            if (status / 100 == 2) {
                return true;
            }
            LOG.warn("the webhook answered {} with status {}", type, status);
        } catch (IOException e) {
            LOG.warn("the webhook could not be told of {}: {}", type, e.getMessage());
        }
        return false;
    }

    private static String eventId(Session session, int stage) {
        return "evt_" + session.id() + "_" + stage;
    }

    private byte[] body(Session session, int stage, String type) {
        final Map<String, Object> event = new LinkedHashMap<>();
        event.put("id", eventId(session, stage));
        event.put("type", type);
        event.put("api", session.api());
        event.put("data", views.session(session, ""));
        try {
            return Bodies.json().writeValueAsBytes(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private String sign(long time, byte[] body) {
        try {
            final Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            for (final byte[] part : List.of((time + ".").getBytes(UTF_8), body)) {
                mac.update(part);
            }
            return HexFormat.of().formatHex(mac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
        http.shutdownNow();
    }
}
