package dev.mouthpiece.worker.store;

import java.util.List;

/**
 * What a worker should know about its sessions.
 *
 * @param mine all sessions that are its own
 * @param commands to be carried out now; they are not told again
 */
public record Attention(List<Mine> mine, List<SessionCommand> commands) {
    /**
     * A session of this worker.
     *
     * @param endReason why it is to end; empty while it is not to
     */
    public record Mine(String id, long fence, String endReason) {}
}
