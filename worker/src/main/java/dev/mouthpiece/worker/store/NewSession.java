package dev.mouthpiece.worker.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A session to be created.
 *
 * @param cost places of a worker that it takes
 * @param token of the room: kept apart, purged when the session is over
 * @param tokenExpires when the room will not take the token any more; null if it does not say
 */
public record NewSession(
        String id,
        String api,
        String owner,
        SessionSpec spec,
        int cost,
        String token,
        @Nullable Instant tokenExpires) {
    @Override
    public String toString() {
        return "NewSession[" + id + "]";
    }
}
