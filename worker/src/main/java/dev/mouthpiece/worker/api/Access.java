package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import dev.mouthpiece.worker.session.Tenant;
import dev.mouthpiece.worker.store.ApiKeys;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Who is asking. Thread-safe; a key is looked up once every few seconds. */
public final class Access {
    /** So long a revoked key may still work, and a new one may not yet. */
    private static final long KEEP_NS = TimeUnit.SECONDS.toNanos(2);

    private static final int MAX_KEPT = 10_000;
    private static final int MAX_KEY_LENGTH = 512;
    private static final String BEARER = "bearer ";

    private final ApiKeys keys;
    private final boolean isOpen;
    private final int createsPerMinute;
    private final int maxSessions;
    private final LongSupplier clock;
    private final Map<String, Known> known = new LinkedHashMap<>();

    private record Known(Optional<Tenant> tenant, long untilNs) {}

    /**
     * Over these keys.
     *
     * @param isOpen whether everybody may do everything, without a key
     * @param createsPerMinute of a key that has no limit of its own; 0 for any number
     * @param maxSessions at a time, likewise
     */
    public Access(ApiKeys keys, boolean isOpen, int createsPerMinute, int maxSessions, LongSupplier clock) {
        this.keys = keys;
        this.isOpen = isOpen;
        this.createsPerMinute = createsPerMinute;
        this.maxSessions = maxSessions;
        this.clock = clock;
    }

    /** Whether nobody needs a key. */
    public boolean isOpen() {
        return isOpen;
    }

    /**
     * Who sends this request, by {@code Authorization: Bearer} or {@code X-API-Key}.
     *
     * @throws RequestException if that is nobody we know
     */
    public Tenant require(Context context) {
        if (isOpen) {
            return Tenant.LOCAL;
        }
        final String key = key(context);
        if (key.isEmpty()) {
            throw RequestException.of(
                    Kind.UNAUTHENTICATED,
                    "missing_api_key",
                    "Send an API key as Authorization: Bearer KEY or X-API-Key: KEY.");
        }
        return find(key)
                .orElseThrow(() -> RequestException.of(
                        Kind.UNAUTHENTICATED, "invalid_api_key", "This API key is not known, or was revoked."));
    }

    private static String key(Context context) {
        final String authorization = context.header("Authorization");
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return authorization.substring(BEARER.length()).strip();
        }
        final String key = context.header("X-API-Key");
        return key == null ? "" : key.strip();
    }

    private Optional<Tenant> find(String key) {
        if (key.length() > MAX_KEY_LENGTH) {
            return Optional.empty();
        }
        final String hash = ApiKeys.hash(key);
        final long nowNs = clock.getAsLong();
        synchronized (known) {
            final Known kept = known.get(hash);
            if (kept != null && kept.untilNs() - nowNs > 0) {
                return kept.tenant();
            }
        }
        final Optional<Tenant> tenant = keys.find(key)
                .map(found -> new Tenant(
                        found.id(),
                        orElse(found.createsPerMinute(), createsPerMinute),
                        orElse(found.maxSessions(), maxSessions)));
        synchronized (known) {
            if (known.size() >= MAX_KEPT) {
                known.clear();
            }
            known.put(hash, new Known(tenant, nowNs + KEEP_NS));
        }
        return tenant;
    }

    private static int orElse(@Nullable Integer own, int usual) {
        return own == null ? usual : own;
    }
}
