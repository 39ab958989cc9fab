package dev.mouthpiece.worker.rtc;

/**
 * The names that receivers see.
 *
 * @param streamId groups sound and picture, so that they are played in sync
 * @param audioTrackId the id of the audio track in SDP
 * @param videoTrackId the id of the video track in SDP
 */
public record PublisherConfig(String streamId, String audioTrackId, String videoTrackId) {
    public PublisherConfig {
        requireToken("streamId", streamId);
        requireToken("audioTrackId", audioTrackId);
        requireToken("videoTrackId", videoTrackId);
    }

    private static void requireToken(String name, String value) {
        if (!value.matches("[A-Za-z0-9_.|+/=-]{1,64}")) {
            throw new IllegalArgumentException(name + " must be 1..64 letters, digits or _.|+/=-: " + value);
        }
    }
}
