package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.link.LinkPeers;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.List;
import java.util.Locale;
import livekit.LivekitModels.ClientConfigSetting;
import livekit.LivekitModels.Codec;
import livekit.LivekitModels.ParticipantPermission;
import livekit.LivekitModels.TrackSource;
import livekit.LivekitRtc.ICEServer;
import livekit.LivekitRtc.JoinResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the server's answer to a join lets us do. */
final class JoinTerms {
    private static final Logger LOG = LoggerFactory.getLogger(JoinTerms.class);
    private static final String H264 = "video/h264";

    private JoinTerms() {}

    /**
     * Checks what we may do.
     *
     * @param hears whether speech comes from a participant's track
     * @throws RoomException if an avatar cannot do its work with this permission
     */
    static void requirePermission(JoinResponse join, boolean hears) {
        if (!join.getParticipant().hasPermission()) {
            return;
        }
        final ParticipantPermission permission = join.getParticipant().getPermission();
        if (!canPublish(permission)) {
            throw new RoomException(
                    RoomException.Fault.PERMISSION,
                    "the token does not allow to publish: it must grant canPublish, for camera and microphone");
        }
        if (hears && !permission.getCanSubscribe()) {
            throw new RoomException(
                    RoomException.Fault.PERMISSION,
                    "the token does not allow to hear a microphone: it must grant canSubscribe"
                            + " (speech that comes as data streams needs no such grant)");
        }
        if (!permission.getCanPublishData()) {
            LOG.warn("the token does not grant canPublishData: agents will wait for our answers in vain");
        }
    }

    static boolean canPublish(ParticipantPermission permission) {
        final List<TrackSource> sources = permission.getCanPublishSourcesList();
        return permission.getCanPublish()
                && (sources.isEmpty()
                        || (sources.contains(TrackSource.CAMERA) && sources.contains(TrackSource.MICROPHONE)));
    }

    /** H264, or VP8 where the room forbids that. */
    static VideoCodec codec(JoinResponse join) {
        final List<Codec> enabled = join.getEnabledPublishCodecsList();
        final boolean disabled = join.getClientConfiguration().getDisabledCodecs().getPublishList().stream()
                .anyMatch(JoinTerms::isH264);
        return disabled || (!enabled.isEmpty() && enabled.stream().noneMatch(JoinTerms::isH264))
                ? VideoCodec.VP8
                : VideoCodec.H264;
    }

    /** @param configured used instead of the server's; null for the server's */
    static LinkPeers.Route route(JoinResponse join, @Nullable List<IceServer> configured) {
        return new LinkPeers.Route(
                configured != null ? configured : iceServers(join.getIceServersList()),
                join.getClientConfiguration().getForceRelay() == ClientConfigSetting.ENABLED);
    }

    static List<IceServer> iceServers(List<ICEServer> servers) {
        return servers.stream()
                .map(server -> new IceServer(server.getUrlsList(), server.getUsername(), server.getCredential()))
                .toList();
    }

    static boolean canResume(JoinResponse join) {
        return join.getClientConfiguration().getResumeConnection() != ClientConfigSetting.DISABLED;
    }

    private static boolean isH264(Codec codec) {
        return codec.getMime().toLowerCase(Locale.ROOT).equals(H264);
    }
}
