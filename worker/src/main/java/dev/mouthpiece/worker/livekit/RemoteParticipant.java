package dev.mouthpiece.worker.livekit;

import java.util.List;
import java.util.Map;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.TrackInfo;
import livekit.LivekitModels.TrackSource;
import livekit.LivekitModels.TrackType;

/**
 * Somebody else in the room, as the server last told. For those that publish nothing it tells up to three seconds late.
 *
 * @param identity who it is; stays the same when it joins anew
 * @param sid its session, {@code PA_…}; another one when it joins anew
 * @param active whether its connection stands
 */
public record RemoteParticipant(
        String identity,
        String sid,
        String name,
        Kind kind,
        Map<String, String> attributes,
        boolean active,
        List<Track> tracks) {
    /** What kind of participant. */
    public enum Kind {
        /** A person, or a program that says nothing else of itself. */
        STANDARD,
        /** An agent or an avatar. */
        AGENT,
        /** Ingress, egress, telephone and the like. */
        OTHER
    }

    /**
     * A track that it publishes.
     *
     * @param sid {@code TR_…}
     * @param microphone a microphone's, or of a source that is not told
     */
    public record Track(String sid, boolean audio, boolean microphone, boolean muted) {
        private static Track of(TrackInfo info) {
            return new Track(
                    info.getSid(),
                    info.getType() == TrackType.AUDIO,
                    info.getSource() == TrackSource.MICROPHONE || info.getSource() == TrackSource.UNKNOWN,
                    info.getMuted());
        }
    }

    static RemoteParticipant of(ParticipantInfo info) {
        return new RemoteParticipant(
                info.getIdentity(),
                info.getSid(),
                info.getName(),
                switch (info.getKind()) {
                    case STANDARD -> Kind.STANDARD;
                    case AGENT -> Kind.AGENT;
                    default -> Kind.OTHER;
                },
                Map.copyOf(info.getAttributesMap()),
                info.getState() == ParticipantInfo.State.ACTIVE,
                info.getTracksList().stream().map(Track::of).toList());
    }
}
