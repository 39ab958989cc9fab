package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.MediaLimits;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.PublisherConfig;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a participant joins and what it announces.
 *
 * @param url the server's address: ws, wss, http or https
 * @param token the participant's token; secret, in no text of ours
 * @param media the names of stream and tracks, the same that the publisher was made with
 * @param video what the picture is
 * @param limits what may be sent
 * @param network which sockets are opened
 * @param iceServers used instead of those that the server names; null for the server's
 * @param joinTimeout for so long joining is tried where trying again can help
 * @param reconnectTimeout for so long a lost session is tried to be had again
 */
public record ParticipantSettings(
        String url,
        String token,
        PublisherConfig media,
        Video video,
        MediaLimits limits,
        NetworkConfig network,
        @Nullable List<IceServer> iceServers,
        Duration joinTimeout,
        Duration reconnectTimeout) {
    private static final Duration JOIN_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration RECONNECT_TIMEOUT = Duration.ofMinutes(2);

    /**
     * The size of the picture, as announced.
     *
     * @param width in pixels
     * @param height in pixels
     */
    public record Video(int width, int height) {}

    public ParticipantSettings {
        iceServers = iceServers == null ? null : List.copyOf(iceServers);
    }

    /** The usual: any network, the server's ICE servers. */
    public static ParticipantSettings of(
            String url, String token, PublisherConfig media, Video video, MediaLimits limits) {
        return new ParticipantSettings(
                url, token, media, video, limits, NetworkConfig.DEFAULT, null, JOIN_TIMEOUT, RECONNECT_TIMEOUT);
    }

    public ParticipantSettings withNetwork(NetworkConfig other) {
        return new ParticipantSettings(
                url, token, media, video, limits, other, iceServers, joinTimeout, reconnectTimeout);
    }

    public ParticipantSettings withIceServers(List<IceServer> others) {
        return new ParticipantSettings(
                url, token, media, video, limits, network, others, joinTimeout, reconnectTimeout);
    }

    public ParticipantSettings withTimeouts(Duration join, Duration reconnect) {
        return new ParticipantSettings(url, token, media, video, limits, network, iceServers, join, reconnect);
    }

    @Override
    public String toString() {
        return "ParticipantSettings[url=" + Objects.requireNonNull(url).split("\\?", 2)[0] + ", video=" + video + "]";
    }
}
