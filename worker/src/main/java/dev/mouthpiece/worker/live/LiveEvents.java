package dev.mouthpiece.worker.live;

/** What a session tells of itself. Called by the executor that {@link LiveEngine#open} was given, in order. */
public interface LiveEvents {
    /**
     * A segment's first sound is being heard.
     *
     * @param segment ordinal of the {@link Speech#begin} that succeeded, from 1
     */
    void onPlaybackStarted(long segment);

    /**
     * A segment that was started is over. Segments that were still waiting when {@link Speech#clear} came get no event.
     *
     * @param positionUs how much of it was played
     * @param interrupted whether it was cut short
     */
    void onPlaybackFinished(long segment, long positionUs, boolean interrupted);

    /**
     * How quickly a segment came to be heard, told after {@link #onPlaybackFinished}; not of one without sound.
     *
     * @param firstPushNs from its first byte to its first sound and picture
     * @param waitedMs how long it was silent in its middle, because speech that was due had not arrived
     */
    default void onMeasured(long segment, long firstPushNs, int waitedMs) {}

    /** The session has failed; it is closed already. Nothing follows. */
    void onFailed(Throwable cause);
}
