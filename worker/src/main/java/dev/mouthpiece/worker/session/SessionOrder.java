package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.store.SessionSpec;

/**
 * What a runner is to do.
 *
 * @param portrait the face at first
 * @param moods how it feels at first
 * @param token of the room: in no log and no message
 * @param isTakeover whether the avatar was in the room before, by a worker that is gone
 */
public record SessionOrder(
        String id, SessionSpec spec, Portrait portrait, Moods moods, String token, boolean isTakeover) {
    @Override
    public String toString() {
        return "SessionOrder[" + id + "]";
    }
}
