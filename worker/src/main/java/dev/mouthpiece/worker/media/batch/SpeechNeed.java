package dev.mouthpiece.worker.media.batch;

/** How much a session needs that more of its speech is encoded, the greatest need first. */
enum SpeechNeed {
    /** A segment's sound waits for its first pictures, and they for this. */
    FIRST_WORD,
    /** Little is encoded ahead of its pictures. */
    WANTED,
    /** Encoding later would do. */
    SOME;

    static final SpeechNeed[] ALL = values();
}
