package dev.mouthpiece.worker.livekit.avatar;

/** What an avatar session tells its surroundings. Called in the session's turn. */
public interface AvatarEvents {
    /** The sender of speech is there, for the first time or again. */
    default void onSenderFound(String identity) {}

    /** The sender has left; its speech was cut off. It is waited for. */
    default void onSenderGone(String identity) {}

    /** The sender did not come back in time. */
    default void onSenderLost(String identity) {}

    /** A segment of speech begins to arrive. */
    default void onSegment(long number, int sampleRateHz, int channels) {}

    /** A segment is over and was reported. */
    default void onSegmentFinished(long number, long positionUs, long receivedUs, boolean interrupted) {}

    /** The sender interrupts; {@code segments} were open. */
    default void onInterrupted(int segments) {}
}
