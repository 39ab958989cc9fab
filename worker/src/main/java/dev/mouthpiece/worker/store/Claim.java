package dev.mouthpiece.worker.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A session that is now this worker's.
 *
 * @param fence proves in every later write that it still is
 * @param token of the room
 * @param isTakeover whether another worker had it on air and is gone
 * @param onAir how long it has been on air before
 */
public record Claim(
        Session session, long fence, int cost, @Nullable String token, boolean isTakeover, Duration onAir) {
    @Override
    public String toString() {
        return "Claim[" + session.id() + " fence=" + fence + "]";
    }
}
