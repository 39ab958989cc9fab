package dev.mouthpiece.worker.rtc;

import org.jspecify.annotations.Nullable;

/**
 * How a connection does, all counts from its beginning.
 *
 * @param video what is sent of pictures, null if nothing is
 * @param audio what is sent of sound, null if nothing is
 * @param received what comes of sound, null if nothing does
 * @param route the path in use, null while there is none
 */
public record PeerStats(
        @Nullable SentVideo video,
        @Nullable SentAudio audio,
        @Nullable ReceivedAudio received,
        @Nullable Route route) {
    /**
     * What is sent of pictures.
     *
     * @param codec such as {@code video/H264}
     * @param encoder such as {@code OpenH264}
     * @param framesPushed given to the encoder
     * @param framesEncoded so many were encoded; the rest was skipped to keep the bit rate
     * @param encodeMs time in the encoder, summed
     * @param targetBps what the encoder aims at now
     * @param limitedBy {@code none}, {@code cpu}, {@code bandwidth} or {@code other}
     * @param roundTripMs by the other side's reports, -1 before the first
     * @param packetsLost by the other side's reports
     */
    public record SentVideo(
            String codec,
            String encoder,
            int width,
            int height,
            double fps,
            long framesPushed,
            long framesEncoded,
            long keyFrames,
            double encodeMs,
            long qpSum,
            long targetBps,
            String limitedBy,
            long packetsSent,
            long bytesSent,
            long packetsRetransmitted,
            long pictureLossIndications,
            long negativeAcknowledgements,
            double roundTripMs,
            long packetsLost) {
        /** Frames that the encoder left out. */
        public long framesSkipped() {
            return Math.max(0, framesPushed - framesEncoded);
        }
    }

    /** What is sent of sound; as in {@link SentVideo}. */
    public record SentAudio(
            String codec, long targetBps, long packetsSent, long bytesSent, double roundTripMs, long packetsLost) {}

    /**
     * What comes of sound.
     *
     * @param samplesConcealed made up for lost ones
     */
    public record ReceivedAudio(
            long packetsReceived, long packetsLost, long samplesReceived, long samplesConcealed, double jitterMs) {}

    /**
     * The path in use.
     *
     * @param localType host, srflx, prflx or relay
     * @param remoteType likewise
     * @param protocol udp or tcp
     * @param roundTripMs of the path's own checks
     * @param availableBps estimated; 0 when unknown
     */
    public record Route(String localType, String remoteType, String protocol, double roundTripMs, long availableBps) {}
}
