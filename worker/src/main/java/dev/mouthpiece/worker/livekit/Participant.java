package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.avatar.AvatarEvents;
import dev.mouthpiece.worker.livekit.avatar.AvatarProtocol;
import dev.mouthpiece.worker.livekit.avatar.AvatarSettings;
import dev.mouthpiece.worker.livekit.avatar.SpeechPort;
import dev.mouthpiece.worker.livekit.data.DataPlane;
import dev.mouthpiece.worker.livekit.link.IncomingAudio;
import dev.mouthpiece.worker.livekit.link.LinkPeers;
import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.livekit.signal.SignalClient;
import dev.mouthpiece.worker.livekit.signal.SignalUrl;
import dev.mouthpiece.worker.livekit.signal.WorkerToken;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitRtc.JoinResponse;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.UpdateSubscription;
import org.jspecify.annotations.Nullable;

/**
 * A participant of a LiveKit room that publishes one picture and one sound.
 *
 * <p>Made, given its listeners, and joined by one thread; {@link #join}, {@link #leave} and {@link #left} may be called from
 * anywhere, everything else in the session's turn. The turn and what the peers are made of stay the caller's, to be closed after
 * {@link #left}.
 */
public final class Participant {
    private final Serial serial;
    private final WorkerToken token;
    private final ParticipantEvents events;
    private final RoomSession session;
    private final CompletableFuture<Departure> left = new CompletableFuture<>();
    private @Nullable AvatarProtocol avatar;
    private @Nullable MicrophoneEar ear;

    /**
     * A participant that has not joined yet.
     *
     * @param peers makes its peer connections
     * @throws RoomException if URL or token cannot be used
     */
    public Participant(
            LiveKit liveKit, Serial serial, LinkPeers peers, ParticipantSettings settings, ParticipantEvents events) {
        this(liveKit.signal(), serial, peers, settings, events, RandomGenerator.getDefault());
    }

    Participant(
            SignalClient client,
            Serial serial,
            LinkPeers peers,
            ParticipantSettings settings,
            ParticipantEvents events,
            RandomGenerator random) {
        this.serial = serial;
        this.events = events;
        token = WorkerToken.parse(settings.token());
        session = new RoomSession(
                serial, settings, SignalUrl.parse(settings.url()), token, client, peers, random, new Observer());
    }

    /** Plays an agent's speech by the avatar protocol. Before {@link #join}, once. */
    public AvatarProtocol speakThrough(SpeechPort port, AvatarSettings settings, AvatarEvents avatarEvents) {
        final var protocol = new AvatarProtocol(serial, session.data(), port, settings, this::isOrdinary, avatarEvents);
        protocol.onOwnAttributes(token.attributes());
        avatar = protocol;
        return protocol;
    }

    /**
     * Hears a participant's microphone. Before {@link #join}, once; the peers must be able to receive sound.
     *
     * @param identity whose; null for whom the token's attribute {@code lk.publish_on_behalf} names, else the first one
     */
    public void hear(@Nullable String identity, SpeakerEvents speakerEvents) {
        ear = new MicrophoneEar(identity, session.roster(), session::request, speakerEvents);
        ear.onOwnAttributes(token.attributes());
    }

    /** Packets, streams and remote calls. */
    public DataPlane data() {
        return session.data();
    }

    /** Who else is in the room. */
    public List<RemoteParticipant> others() {
        return session.roster().all();
    }

    /** Our identity, as the token says it. */
    public String identity() {
        return token.identity();
    }

    /** Begins to join. What becomes of it comes as events. */
    public void join() {
        serial.execute(session::join);
    }

    /** Leaves the room properly. May be called again. */
    public void leave() {
        serial.execute(session::leave);
    }

    /** Completes in the session's turn when the stay is over, after {@link ParticipantEvents#onLeft}. */
    public CompletableFuture<Departure> left() {
        return left;
    }

    /** Sends a request that nothing here has a method for. */
    void request(SignalRequest request) {
        session.request(request);
    }

    private boolean isOrdinary(String identity) {
        final RemoteParticipant participant = session.roster().find(identity);
        return participant != null && participant.kind() == RemoteParticipant.Kind.STANDARD;
    }

    private void onOwnAttributes(Map<String, String> attributes) {
        if (avatar != null) {
            avatar.onOwnAttributes(attributes);
        }
        if (ear != null) {
            ear.onOwnAttributes(attributes);
        }
    }

    private final class Observer implements RoomObserver {
        @Override
        public void onJoined(JoinResponse join) {
            final ParticipantInfo self = join.getParticipant();
            if (ear != null) {
                ear.onNewSession();
            }
            onOwnAttributes(self.getAttributesMap());
            events.onJoined(self.getIdentity(), join.getRoom().getName(), self.getSid());
        }

        @Override
        public void onConnected() {
            events.onConnected();
        }

        @Override
        public void onReconnecting(String why) {
            events.onReconnecting(why);
        }

        @Override
        public void onReconnected(boolean resumed) {
            events.onReconnected(resumed);
        }

        @Override
        public void onSelf(ParticipantInfo self) {
            onOwnAttributes(self.getAttributesMap());
        }

        @Override
        public void onParticipant(RemoteParticipant participant) {
            if (avatar != null) {
                avatar.onParticipant(participant.identity(), participant.sid());
            }
            if (ear != null) {
                ear.onRoster();
            }
            events.onParticipant(participant);
        }

        @Override
        public void onParticipantGone(RemoteParticipant participant) {
            session.data().onGone(participant.identity());
            if (avatar != null) {
                avatar.onParticipantGone(participant.identity(), participant.sid());
            }
            if (ear != null) {
                ear.onRoster();
            }
            events.onParticipantGone(participant);
        }

        @Override
        public void onMuted(boolean audio, boolean muted) {
            events.onMuted(audio, muted);
        }

        @Override
        public void onAudio(IncomingAudio audio) {
            if (ear != null) {
                ear.onAudio(audio);
            }
        }

        @Override
        public void onAudioEnded(IncomingAudio audio) {
            if (ear != null) {
                ear.onAudioEnded(audio);
            }
        }

        @Override
        public void onNotHeard(String trackSid, String why) {
            if (ear != null) {
                ear.onNotHeard(trackSid, why);
            }
        }

        @Override
        public boolean hears() {
            return ear != null;
        }

        @Override
        public UpdateSubscription subscription() {
            return ear != null
                    ? ear.subscription()
                    : UpdateSubscription.newBuilder().setSubscribe(true).build();
        }

        @Override
        public void onLeft(Departure departure) {
            if (avatar != null) {
                avatar.close();
            }
            events.onLeft(departure);
            left.complete(departure);
        }
    }
}
