package dev.mouthpiece.worker.session;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that is refused, and why: each API says it in its own shape. The caller's fault, but for {@link Kind#AT_CAPACITY}. */
public final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final String code;
    private final @Nullable String param;
    private final @Nullable Duration retryAfter;

    /** Whose fault and what kind. */
    public enum Kind {
        /** What came cannot be read, or something is missing. */
        MALFORMED,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        CONFLICT,
        TOO_LARGE,
        /** What came can be read but makes no sense. */
        UNPROCESSABLE,
        RATE_LIMIT,
        CONCURRENCY_LIMIT,
        AT_CAPACITY,
        UNAVAILABLE,
        /** Our own fault. */
        INTERNAL
    }

    private RequestException(
            Kind kind, String code, String message, @Nullable String param, @Nullable Duration retryAfter) {
        super(message, null, false, false);
        this.kind = kind;
        this.code = code;
        this.param = param;
        this.retryAfter = retryAfter;
    }

    /**
     * A refusal.
     *
     * @param code for programs
     * @param message for people; holds nothing of the request that could be a secret
     */
    public static RequestException of(Kind kind, String code, String message) {
        return new RequestException(kind, code, message, null, null);
    }

    /** A refusal because of one field. */
    public static RequestException of(Kind kind, String code, String message, String param) {
        return new RequestException(kind, code, message, param, null);
    }

    /** A refusal that does not last. */
    public static RequestException later(Kind kind, String code, String message, Duration retryAfter) {
        return new RequestException(kind, code, message, null, retryAfter);
    }

    public Kind kind() {
        return kind;
    }

    /** For programs, such as {@code transport.unsupported}. */
    public String code() {
        return code;
    }

    /** The field that it is about, such as {@code transport.url}; null for none. */
    public @Nullable String param() {
        return param;
    }

    /** When to try again; null for never. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /** What to do about it. Never null. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
