package dev.mouthpiece.worker.store;

import java.time.Duration;

/** What became of a create. */
public sealed interface CreateResult {
    /** A new session. */
    record Created(Session session) implements CreateResult {}

    /** It had been created before. */
    record Repeated(Session session) implements CreateResult {}

    /** The idempotency key stands for another request. */
    record Conflict() implements CreateResult {}

    /** Too many creates in the last minute. */
    record TooFast(int perMinute, Duration retryAfter) implements CreateResult {}

    /** Too many sessions at a time for this owner. */
    record TooMany(int limit) implements CreateResult {}

    /** No worker has room. */
    record AtCapacity() implements CreateResult {}
}
