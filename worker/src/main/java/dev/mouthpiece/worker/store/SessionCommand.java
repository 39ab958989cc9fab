package dev.mouthpiece.worker.store;

/**
 * A wish for a session on air, in the order of arrival.
 *
 * @param kind such as {@code update-image}
 * @param body what belongs to it
 */
public record SessionCommand(String sessionId, String kind, String body) {}
