package dev.mouthpiece.worker.livekit.avatar;

/** What became of the segments of a {@link SpeechPort}. Any thread may call it, one at a time. */
public interface PlaybackListener {
    /** The first sample of a segment is played. */
    void onPlaybackStarted(long segment);

    /**
     * A segment is over.
     *
     * @param positionUs how much of its speech was played
     * @param interrupted it was cleared before its end
     */
    void onPlaybackFinished(long segment, long positionUs, boolean interrupted);
}
