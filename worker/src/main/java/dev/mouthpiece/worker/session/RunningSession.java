package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.media.life.Moods;

/** A session that has been started. Thread-safe; the calls return at once. */
public interface RunningSession {
    /** Leaves the room. Told by {@link RunEvents#ended} when done; more calls change nothing. */
    void end(String reason);

    /** Shows another picture. */
    void show(Portrait portrait);

    /** How the face feels from now on. */
    void feel(Moods moods);

    /** Pictures sent so far. */
    long frames();
}
