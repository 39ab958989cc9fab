package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.link.IncomingAudio;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import livekit.LivekitModels.ParticipantTracks;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.UpdateSubscription;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears one participant's microphone: the one that was configured, else the one that our token names, else the first one in the
 * room that has a microphone and is no avatar; that one until it leaves.
 *
 * <p>The session's turn.
 */
final class MicrophoneEar {
    private static final Logger LOG = LoggerFactory.getLogger(MicrophoneEar.class);
    private static final String ON_BEHALF = "lk.publish_on_behalf";

    private record Heard(String identity, String participantSid, String trackSid) {}

    private final @Nullable String configured;
    private final SpeakerEvents events;
    private final Roster roster;
    private final Consumer<SignalRequest> request;
    private final Map<String, IncomingAudio> incoming = new HashMap<>();

    private String onBehalfOf = "";
    private @Nullable String first;
    private @Nullable Heard heard;

    MicrophoneEar(@Nullable String configured, Roster roster, Consumer<SignalRequest> request, SpeakerEvents events) {
        this.configured = configured;
        this.roster = roster;
        this.request = request;
        this.events = events;
    }

    void onOwnAttributes(Map<String, String> attributes) {
        onBehalfOf = attributes.getOrDefault(ON_BEHALF, "");
    }

    /** A new session at the server knows nothing of what we wanted to hear. Who is there follows. */
    void onNewSession() {
        incoming.clear();
        drop();
    }

    /** Somebody came, changed or left. */
    void onRoster() {
        choose();
    }

    void onAudio(IncomingAudio audio) {
        incoming.put(audio.trackSid(), audio);
        listen();
    }

    void onAudioEnded(IncomingAudio audio) {
        audio.listen(null);
        incoming.remove(audio.trackSid(), audio);
    }

    void onNotHeard(String trackSid, String why) {
        LOG.warn("the server does not let us hear track {}: {}", trackSid, why);
    }

    /** For the server, on a resume. */
    UpdateSubscription subscription() {
        return heard == null
                ? UpdateSubscription.newBuilder().setSubscribe(true).build()
                : subscription(heard, true);
    }

    private void choose() {
        final Heard wanted = wanted();
        if (heard != null && !heard.equals(wanted)) {
            request.accept(SignalRequest.newBuilder()
                    .setSubscription(subscription(heard, false))
                    .build());
            drop();
        }
        if (wanted != null && heard == null) {
            heard = wanted;
            request.accept(SignalRequest.newBuilder()
                    .setSubscription(subscription(wanted, true))
                    .build());
            events.onSpeaker(wanted.identity());
            listen();
        }
    }

    private void drop() {
        final Heard before = heard;
        heard = null;
        if (before != null) {
            final IncomingAudio audio = incoming.get(before.trackSid());
            if (audio != null) {
                audio.listen(null);
            }
            events.onSpeakerGone(before.identity());
        }
    }

    private void listen() {
        final IncomingAudio audio = heard == null ? null : incoming.get(heard.trackSid());
        if (audio != null) {
            audio.listen(events::onPcm);
        }
    }

    private @Nullable Heard wanted() {
        final String identity = identity();
        if (identity != null) {
            return microphone(roster.find(identity));
        }
        if (first != null && roster.find(first) == null) {
            first = null;
        }
        if (first != null) {
            return microphone(roster.find(first));
        }
        for (final RemoteParticipant participant : roster.all()) {
            final Heard found = microphone(participant);
            if (found != null && !participant.attributes().containsKey(ON_BEHALF)) {
                first = found.identity();
                return found;
            }
        }
        return null;
    }

    private @Nullable String identity() {
        if (configured != null) {
            return configured;
        }
        return onBehalfOf.isEmpty() ? null : onBehalfOf;
    }

    private static @Nullable Heard microphone(@Nullable RemoteParticipant participant) {
        if (participant != null) {
            for (final RemoteParticipant.Track track : participant.tracks()) {
                if (track.audio() && track.microphone()) {
                    return new Heard(participant.identity(), participant.sid(), track.sid());
                }
            }
        }
        return null;
    }

    private static UpdateSubscription subscription(Heard heard, boolean subscribe) {
        return UpdateSubscription.newBuilder()
                .setSubscribe(subscribe)
                .addTrackSids(heard.trackSid())
                .addParticipantTracks(ParticipantTracks.newBuilder()
                        .setParticipantSid(heard.participantSid())
                        .addAllTrackSids(List.of(heard.trackSid())))
                .build();
    }
}
