package dev.mouthpiece.worker.livekit.link;

import dev.mouthpiece.worker.livekit.data.PacketWire;
import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.PeerState;
import dev.mouthpiece.worker.rtc.RtcException;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.ArrayList;
import java.util.List;
import livekit.LivekitRtc.DataChannelInfo;
import livekit.LivekitRtc.SessionDescription;
import livekit.LivekitRtc.SignalTarget;
import livekit.LivekitRtc.SyncState;
import livekit.LivekitRtc.TrickleRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both connections of one session at the server. The server sends packets on the <em>primary</em> one: the receiving
 * connection, or the publishing one for a participant that may not subscribe; so both are listened to.
 */
public final class SessionLinks implements PacketWire, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionLinks.class);

    private static final String RELIABLE = "_reliable";
    private static final String LOSSY = "_lossy";

    private final LinkEvents events;
    private final boolean subscriberPrimary;
    private final PublisherLink publisher;
    private final SubscriberLink subscriber;
    private final LinkChannel reliable;
    private final LinkChannel lossy;
    private final List<LinkChannel> received = new ArrayList<>();

    /**
     * Makes both; nothing is offered yet.
     *
     * @throws RtcException if that cannot be done
     */
    public SessionLinks(
            Serial serial,
            LinkPeers peers,
            LinkPeers.Route route,
            VideoCodec codec,
            boolean subscriberPrimary,
            LinkEvents events) {
        this.events = events;
        this.subscriberPrimary = subscriberPrimary;
        publisher = new PublisherLink(serial, peers, route, codec, events);
        try {
            reliable = publisher.openChannel(RELIABLE, true, -1);
            lossy = publisher.openChannel(LOSSY, false, 0);
            subscriber = new SubscriberLink(peers, route, this::onChannel, events);
        } catch (final RtcException e) {
            publisher.close();
            throw e;
        }
        listen(reliable);
        listen(lossy);
    }

    /** Offers picture, sound and channels. */
    public void offer() {
        publisher.offer();
    }

    /** The server's answer to our offer. */
    public void onAnswer(SessionDescription answer) {
        publisher.onAnswer(answer);
    }

    /** An offer of the server's. */
    public void onOffer(SessionDescription offer) {
        subscriber.onOffer(offer);
    }

    /** A way to the server. */
    public void onTrickle(TrickleRequest trickle) {
        final IceCandidate candidate = CandidateText.read(trickle.getCandidateInit());
        if (candidate == null) {
            LOG.debug("no candidate in what the server trickles");
        } else if (trickle.getTarget() == SignalTarget.PUBLISHER) {
            publisher.onCandidate(candidate);
        } else {
            subscriber.onCandidate(candidate);
        }
    }

    /** The signal connection was made anew: the server offers its side again, and we ours. */
    public void restart(List<IceServer> servers) {
        subscriber.setIceServers(servers);
        publisher.restart(servers);
    }

    /** Whether media flows out and packets come in, and no offer is under way. */
    public boolean isUp() {
        return publisher.isSettled()
                && publisher.state() == PeerState.CONNECTED
                && (!subscriberPrimary || subscriber.state() == PeerState.CONNECTED);
    }

    /** What the server must know to go on after a resume. */
    public void describe(SyncState.Builder state) {
        final SessionDescription offer = subscriber.lastOffer();
        final SessionDescription answer = subscriber.lastAnswer();
        if (offer != null && answer != null) {
            state.setOffer(offer).setAnswer(answer);
        }
        state.addDataChannels(info(reliable, SignalTarget.PUBLISHER));
        state.addDataChannels(info(lossy, SignalTarget.PUBLISHER));
        received.forEach(channel -> state.addDataChannels(info(channel, SignalTarget.SUBSCRIBER)));
    }

    @Override
    public boolean send(byte[] packet, boolean isReliable) {
        return (isReliable ? reliable : lossy).send(packet);
    }

    @Override
    public void close() {
        publisher.close();
        subscriber.close();
    }

    private void onChannel(LinkChannel channel) {
        if (channel.label().equals(RELIABLE) || channel.label().equals(LOSSY)) {
            received.add(channel);
            listen(channel);
        }
    }

    private void listen(LinkChannel channel) {
        final boolean isReliable = channel.label().equals(RELIABLE);
        channel.listen(new LinkChannel.Listener() {
            @Override
            public void onMessage(byte[] message) {
                events.onPacket(message, isReliable);
            }

            @Override
            public void onClosed() {
                LOG.debug("the server has closed the data channel {}", channel.label());
                events.onChannelClosed();
            }
        });
    }

    private static DataChannelInfo info(LinkChannel channel, SignalTarget target) {
        return DataChannelInfo.newBuilder()
                .setLabel(channel.label())
                .setId(Math.max(0, channel.id()))
                .setTarget(target)
                .build();
    }
}
