package dev.mouthpiece.worker.livekit;

/** What is heard of a participant's microphone. Called in the session's turn. */
public interface SpeakerEvents {
    /** Whose microphone is heard from now on. */
    default void onSpeaker(String identity) {}

    /**
     * The next 10 ms.
     *
     * @param pcm 480 samples, 48 kHz, mono, s16le; the receiver's to keep
     */
    void onPcm(byte[] pcm);

    /** The track has ended, or its participant has left; another one may follow. */
    default void onSpeakerGone(String identity) {}
}
