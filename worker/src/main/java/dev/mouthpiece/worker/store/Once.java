package dev.mouthpiece.worker.store;

import java.time.Duration;

/**
 * A create that must not happen twice.
 *
 * @param key what tells it apart among its owner's creates
 * @param bodyHash hash of what was asked for
 * @param window how long it is remembered
 * @param isExact whether another body under the same key is a conflict; else the body does not matter, and a session that is over does not count
 */
public record Once(String key, String bodyHash, Duration window, boolean isExact) {}
