package dev.mouthpiece.worker.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes answers. Stateless. */
final class Answers {
    /** Of every answer, and named in every error. */
    static final String REQUEST_ID = "X-Request-Id";

    private Answers() {}

    static void json(Context context, int status, Object value) {
        try {
            context.status(status)
                    .contentType("application/json")
                    .result(Bodies.json().writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Status and headers of a refusal. */
    static void head(Context context, RequestException e) {
        if (e.retryAfter() != null) {
            context.header("Retry-After", Statuses.seconds(e.retryAfter()));
        }
        if (e.kind() == Kind.UNAUTHENTICATED) {
            context.header("WWW-Authenticate", "Bearer");
        }
        if (e.kind() == Kind.TOO_LARGE) {
            // What is left of the body is not read.
            context.header("Connection", "close");
        }
    }

    static void protofaceError(Context context, RequestException e) {
        head(context, e);
        final Map<String, Object> error = new LinkedHashMap<>();
        error.put("type", type(e.kind()));
        error.put("code", e.code());
        error.put("message", e.text());
        error.put("param", e.param());
        error.put("request_id", context.res().getHeader(REQUEST_ID));
        json(context, Statuses.of(e.kind()), Map.of("error", error));
    }

    private static String type(Kind kind) {
        return switch (kind) {
            case MALFORMED, TOO_LARGE -> "invalid_request";
            case UNAUTHENTICATED -> "authentication";
            case FORBIDDEN -> "permission";
            case NOT_FOUND -> "not_found";
            case CONFLICT -> "conflict";
            case UNPROCESSABLE -> "unprocessable";
            case RATE_LIMIT -> "rate_limit";
            case CONCURRENCY_LIMIT -> "quota_exceeded";
            case AT_CAPACITY, UNAVAILABLE -> "service_unavailable";
            case INTERNAL -> "internal";
        };
    }
}
