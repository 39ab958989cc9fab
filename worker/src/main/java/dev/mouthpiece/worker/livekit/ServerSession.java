package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.link.IncomingAudio;
import dev.mouthpiece.worker.livekit.link.LinkEvents;
import dev.mouthpiece.worker.livekit.link.LinkPeers;
import dev.mouthpiece.worker.livekit.link.SessionLinks;
import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.RtcException;
import java.util.List;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.ReconnectReason;
import livekit.LivekitRtc.JoinResponse;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalResponse;
import livekit.LivekitRtc.SyncState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session at the server, from a join to the next: its connections and our tracks in it. It outlives its signal connection, for it
 * can be resumed. The session's turn.
 */
final class ServerSession implements LinkEvents, Publications.Events, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerSession.class);

    /** What the session tells. */
    interface Owner {
        /** To the server, over the signal connection that there is now. */
        void send(SignalRequest request);

        /** Media flows out and packets come in; after each join and each resume. */
        void onUp();

        /** A path is lost and comes back only by a resume. */
        void onPathLost(ReconnectReason reason);

        /** The session is of no use any more. */
        void onBroken(RoomException why);

        void onParticipants(List<ParticipantInfo> participants);

        void onPacket(byte[] packet, boolean reliable);
    }

    /** After something that the server does it may tell why, or send what goes with it. */
    static final long EXPLAIN_MS = 1_000;

    private final Serial serial;
    private final ParticipantSettings settings;
    private final Owner owner;
    private final RoomObserver observer;
    private final JoinResponse join;
    private final SessionLinks links;
    private final Publications publications;

    private ParticipantInfo self;
    private boolean up;
    private boolean breaking;
    private boolean closed;

    /**
     * Makes the connections.
     *
     * @throws RtcException if they cannot be made
     */
    ServerSession(
            Serial serial,
            ParticipantSettings settings,
            LinkPeers peers,
            JoinResponse join,
            Owner owner,
            RoomObserver observer) {
        this.serial = serial;
        this.settings = settings;
        this.owner = owner;
        this.observer = observer;
        this.join = join;
        self = join.getParticipant();
        publications = new Publications(serial, settings, owner::send, this);
        links = new SessionLinks(
                serial,
                peers,
                JoinTerms.route(join, settings.iceServers()),
                JoinTerms.codec(join),
                join.getSubscriberPrimary(),
                this);
    }

    /** Announces what we publish and offers it. */
    void start() {
        publications.announce(JoinTerms.codec(join));
        links.offer();
    }

    String sid() {
        return self.getSid();
    }

    boolean canResume() {
        return JoinTerms.canResume(join);
    }

    /** Whether media flows out and packets come in. */
    boolean isUp() {
        return up;
    }

    boolean sendPacket(byte[] packet, boolean reliable) {
        return links.send(packet, reliable);
    }

    void onMessage(SignalResponse message) {
        switch (message.getMessageCase()) {
            case ANSWER -> links.onAnswer(message.getAnswer());
            case OFFER -> links.onOffer(message.getOffer());
            case TRICKLE -> links.onTrickle(message.getTrickle());
            case UPDATE -> onUpdate(message.getUpdate().getParticipantsList());
            case TRACK_PUBLISHED -> publications.onTaken(message.getTrackPublished());
            case TRACK_UNPUBLISHED ->
                publications.onDropped(message.getTrackUnpublished().getTrackSid());
            case MUTE -> publications.onMute(message.getMute());
            case REQUEST_RESPONSE -> publications.onResponse(message.getRequestResponse());
            case SUBSCRIPTION_RESPONSE ->
                observer.onNotHeard(
                        message.getSubscriptionResponse().getTrackSid(),
                        message.getSubscriptionResponse().getErr().name());
            case SUBSCRIPTION_PERMISSION_UPDATE -> {
                if (!message.getSubscriptionPermissionUpdate().getAllowed()) {
                    observer.onNotHeard(
                            message.getSubscriptionPermissionUpdate().getTrackSid(),
                            "its participant does not allow it");
                }
            }
            default -> LOG.trace("signal {}", message.getMessageCase());
        }
    }

    /** What the server needs to go on with this session, and what it sends anew. */
    void resume(SyncState.Builder state, List<IceServer> servers) {
        up = false;
        links.describe(state);
        publications.describe(state);
        owner.send(SignalRequest.newBuilder().setSyncState(state).build());
        final List<IceServer> configured = settings.iceServers();
        links.restart(configured != null ? configured : servers);
    }

    @Override
    public void close() {
        closed = true;
        publications.close();
        links.close();
    }

    @Override
    public void send(SignalRequest request) {
        owner.send(request);
    }

    @Override
    public void onLinkChanged() {
        if (!closed && !up && links.isUp() && self.getState() == ParticipantInfo.State.ACTIVE) {
            up = true;
            owner.onUp();
        }
    }

    @Override
    public void onPathLost(boolean publisher) {
        owner.onPathLost(publisher ? ReconnectReason.RR_PUBLISHER_FAILED : ReconnectReason.RR_SUBSCRIBER_FAILED);
    }

    @Override
    public void onLinkBroken(RoomException why) {
        if (!closed) {
            owner.onBroken(why);
        }
    }

    @Override
    public void onChannelClosed() {
        breakLater("the server has closed our data channels");
    }

    @Override
    public void onPacket(byte[] packet, boolean reliable) {
        owner.onPacket(packet, reliable);
    }

    @Override
    public void onAudio(IncomingAudio audio) {
        observer.onAudio(audio);
    }

    @Override
    public void onAudioEnded(IncomingAudio audio) {
        observer.onAudioEnded(audio);
    }

    @Override
    public void onRefused(RoomException why) {
        owner.onBroken(why);
    }

    /** Where we may publish no more there is nothing to be done; it is told again when we may. */
    @Override
    public void onDropped(String name) {
        if (JoinTerms.canPublish(self.getPermission())) {
            owner.onBroken(new RoomException(RoomException.Fault.BUSY, "the server has dropped our track " + name));
        } else {
            LOG.warn("we may not publish any more: {} is off the air until we may again", name);
        }
    }

    @Override
    public void onMuted(boolean audio, boolean muted) {
        observer.onMuted(audio, muted);
    }

    private void breakLater(String why) {
        if (!breaking) {
            breaking = true;
            serial.schedule(EXPLAIN_MS, () -> onLinkBroken(new RoomException(RoomException.Fault.BUSY, why)));
        }
    }

    private void onUpdate(List<ParticipantInfo> participants) {
        for (final ParticipantInfo info : participants) {
            if (info.getSid().equals(self.getSid()) && info.getState() != ParticipantInfo.State.DISCONNECTED) {
                onSelf(info);
            }
        }
        owner.onParticipants(participants);
    }

    private void onSelf(ParticipantInfo info) {
        final boolean couldPublish = JoinTerms.canPublish(self.getPermission());
        self = info;
        publications.onSelf(info);
        observer.onSelf(info);
        if (up && !couldPublish && JoinTerms.canPublish(info.getPermission())) {
            // With a new token, which comes a moment later.
            breakLater("we may publish again");
        }
        onLinkChanged();
    }
}
