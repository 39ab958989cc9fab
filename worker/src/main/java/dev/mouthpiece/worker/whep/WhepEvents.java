package dev.mouthpiece.worker.whep;

/** What a session tells its owner. Called on the thread {@code whep}; the calls return at once. */
public interface WhepEvents {
    /** The first picture is made: who joins sees it. */
    void onAir();

    /** Speech has come in or is being played; told every second as long as that goes on. */
    void active();

    /** It is over, as somebody wanted; last. */
    void ended(String reason);

    /** It could not start or go on; last. */
    void failed(String message);
}
