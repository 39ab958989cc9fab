package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.RequestException;
import java.time.Duration;

/** The HTTP status of a refusal, the same in every shape. */
final class Statuses {
    private Statuses() {}

    static int of(RequestException.Kind kind) {
        return switch (kind) {
            case MALFORMED -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case TOO_LARGE -> 413;
            case UNPROCESSABLE -> 422;
            case RATE_LIMIT, CONCURRENCY_LIMIT -> 429;
            case INTERNAL -> 500;
            case AT_CAPACITY, UNAVAILABLE -> 503;
        };
    }

    /** Whole seconds, at least one: clients read nothing else. */
    static String seconds(Duration duration) {
        return Long.toString(Math.max(1, (duration.toMillis() + 999) / 1000));
    }
}
