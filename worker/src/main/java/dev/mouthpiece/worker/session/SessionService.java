package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.session.RequestException.Kind;
import dev.mouthpiece.worker.store.ApiKeys;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.CreateLimits;
import dev.mouthpiece.worker.store.CreateResult;
import dev.mouthpiece.worker.store.NewSession;
import dev.mouthpiece.worker.store.Once;
import dev.mouthpiece.worker.store.Session;
import dev.mouthpiece.worker.store.SessionSpec;
import dev.mouthpiece.worker.store.Sessions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What every API does with sessions, whatever its words for it. Thread-safe; calls may block for the database, never for a device. */
public final class SessionService {
    /** A client that got no answer sends the same create again within seconds, with the same token. */
    private static final Duration TOKEN_WINDOW = Duration.ofSeconds(60);

    private static final Duration KEY_WINDOW = Duration.ofHours(24);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final long WAIT_STEP_MS = 100;

    private final Sessions sessions;
    private final Avatars avatars;
    private final int maxWaiting;

    /**
     * Over this store.
     *
     * @param maxWaiting sessions that may wait in the queue while no worker has room
     */
    public SessionService(Sessions sessions, Avatars avatars, int maxWaiting) {
        this.sessions = sessions;
        this.avatars = avatars;
        this.maxWaiting = maxWaiting;
    }

    /**
     * A session that is asked for.
     *
     * @param id under which its owner will know it
     * @param token of the room
     * @param idempotencyKey of the request; null for none
     * @param body of the request: another one under the same idempotency key is a conflict
     * @param patience how long to wait for room where there is none
     */
    public record Order(
            String id,
            String api,
            SessionSpec spec,
            String token,
            @Nullable String idempotencyKey,
            String body,
            Duration patience) {
        @Override
        public String toString() {
            return "Order[" + id + "]";
        }
    }

    /**
     * Creates a session, or finds the one that this request has created before.
     *
     * @throws RequestException where that cannot be
     */
    public Session create(Tenant tenant, Order order) {
        final String avatar = order.spec().avatarId();
        final SessionSpec spec = avatar != null && ready(tenant, avatar) instanceof Portrait.Stored stored
                ? order.spec().withPicture(stored.sha256())
                : order.spec();
        final var size = new PictureSize(spec.width(), spec.height());
        final var session = new NewSession(
                order.id(),
                order.api(),
                tenant.owner(),
                spec,
                size.cost(),
                order.token(),
                RoomToken.expiry(order.token()).orElse(null));
        final String hash = ApiKeys.hash(order.body());
        final List<Once> onces = new ArrayList<>();
        if (order.idempotencyKey() != null) {
            onces.add(new Once("key:" + order.idempotencyKey(), hash, KEY_WINDOW, true));
        }
        onces.add(new Once("token:" + ApiKeys.hash(order.token()), hash, TOKEN_WINDOW, false));
        final var limits = new CreateLimits(tenant.createsPerMinute(), tenant.maxSessions(), true, maxWaiting);
        return told(patiently(session, onces, limits, order.patience()));
    }

    private CreateResult patiently(NewSession session, List<Once> onces, CreateLimits limits, Duration patience) {
        final long deadlineNs = System.nanoTime() + patience.toNanos();
        CreateResult result = sessions.create(session, onces, limits);
        while (result instanceof CreateResult.AtCapacity && deadlineNs - System.nanoTime() > 0) {
            try {
                Thread.sleep(WAIT_STEP_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return result;
            }
            result = sessions.create(session, onces, limits);
        }
        return result;
    }

    private static Session told(CreateResult result) {
        return switch (result) {
            case CreateResult.Created created -> created.session();
            case CreateResult.Repeated repeated -> repeated.session().asCreated();
            case CreateResult.Conflict conflict ->
                throw RequestException.of(
                        Kind.CONFLICT,
                        "idempotency_key_reused",
                        "This Idempotency-Key was used with another request body within the last 24 hours.");
            case CreateResult.TooFast fast ->
                throw RequestException.later(
                        Kind.RATE_LIMIT,
                        "rate_limit_exceeded",
                        "This key may create " + fast.perMinute() + " sessions a minute.",
                        fast.retryAfter());
            case CreateResult.TooMany many ->
                throw RequestException.of(
                        Kind.CONCURRENCY_LIMIT,
                        "concurrent_sessions",
                        "This key may have " + many.limit() + " sessions at a time: end one first.");
            case CreateResult.AtCapacity full ->
                throw RequestException.later(
                        Kind.AT_CAPACITY, "at_capacity", "No worker has room for another session.", RETRY_AFTER);
        };
    }

    /** The avatar's face; it must be there and ready. */
    private Portrait ready(Tenant tenant, String avatarId) {
        if (avatarId.equals(PlatformAvatars.PATTERN)) {
            return new Portrait.Pattern();
        }
        if (PlatformAvatars.find(avatarId).isPresent()) {
            return new Portrait.Platform(avatarId);
        }
        final Avatars.StoredAvatar avatar = avatars.get(tenant.owner(), avatarId)
                .orElseThrow(() -> RequestException.of(
                        Kind.NOT_FOUND,
                        "avatar_not_found",
                        "There is no such avatar: GET /v1/avatars lists those there are.",
                        "avatar_id"));
        return switch (avatar.state()) {
            case READY -> new Portrait.Stored(avatar.picture());
            case PROCESSING ->
                throw RequestException.of(
                        Kind.CONFLICT,
                        "avatar_not_ready",
                        "The avatar is being prepared: try again in a moment.",
                        "avatar_id");
            case FAILED ->
                throw RequestException.of(
                        Kind.CONFLICT, "avatar_failed", "The avatar cannot be used: " + avatar.failure(), "avatar_id");
        };
    }

    /**
     * The tenant's session.
     *
     * @throws RequestException if there is none
     */
    public Session get(Tenant tenant, String id) {
        return sessions.get(tenant.owner(), id).orElseThrow(SessionService::unknown);
    }

    /** The tenant's sessions. */
    public List<Session> list(Tenant tenant, Sessions.Filter filter) {
        return sessions.list(tenant.owner(), filter);
    }

    /** How many sessions the filter lets through. */
    public long count(Tenant tenant, Sessions.Filter filter) {
        return sessions.count(tenant.owner(), filter);
    }

    /**
     * Ends the tenant's session; one that is over stays as it is.
     *
     * @throws RequestException if there is none
     */
    public Session end(Tenant tenant, String id, String reason) {
        return sessions.end(tenant.owner(), id, reason).orElseThrow(SessionService::unknown);
    }

    /**
     * Leaves a wish for the session's worker.
     *
     * @throws RequestException if there is no such session, or it is over
     */
    public void command(Tenant tenant, String id, CommandKind kind, String body) {
        if (!sessions.command(tenant.owner(), id, kind.name(), body)) {
            throw unknown();
        }
    }

    /** What the tenant has used in the sessions created from {@code from} to before {@code to}. */
    public List<Sessions.Used> usage(Tenant tenant, Instant from, Instant to) {
        return sessions.usage(tenant.owner(), from, to);
    }

    /** Places that no session holds or waits for. */
    public long freePlaces() {
        return sessions.freePlaces();
    }

    private static RequestException unknown() {
        return RequestException.of(Kind.NOT_FOUND, "session_not_found", "There is no such session.");
    }
}
