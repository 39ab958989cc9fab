package dev.mouthpiece.worker.studio;

import java.util.List;

/**
 * What an operator sees.
 *
 * @param at when, ISO 8601 with zone
 * @param sessions newest first
 */
public record Overview(String at, List<SessionView> sessions, List<WorkerView> workers, List<AvatarView> avatars) {
    /**
     * A session.
     *
     * @param status the word for its state
     * @param where such as {@code browser, 2 viewers} or {@code LiveKit room demo}
     * @param ageSeconds since it was created; until it was over, where it is
     * @param reason why it is over; empty while it is not
     */
    public record SessionView(
            String id, String status, String avatarName, String where, long ageSeconds, String reason) {}

    /**
     * A worker.
     *
     * @param state {@code ready}, {@code draining} or {@code lost}
     * @param sessions places taken
     * @param capacity places in all
     * @param device such as {@code CPU, 2 cores}
     */
    public record WorkerView(String id, String name, String state, int sessions, int capacity, String device) {}

    /**
     * An avatar.
     *
     * @param failureReason empty unless its check failed
     */
    public record AvatarView(String id, String name, String status, String failureReason) {}
}
