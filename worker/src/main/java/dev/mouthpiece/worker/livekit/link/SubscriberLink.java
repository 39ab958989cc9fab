package dev.mouthpiece.worker.livekit.link;

import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.PeerState;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import livekit.LivekitRtc.SessionDescription;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalTarget;
import livekit.LivekitRtc.TrickleRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connection that the server offers. Its offers are answered one after the other. */
final class SubscriberLink {
    /** A server waits for the answer before it offers again. */
    static final int MAX_QUEUED = 16;

    private static final Logger LOG = LoggerFactory.getLogger(SubscriberLink.class);

    private final LinkEvents events;
    private final LinkPeer peer;
    private final Consumer<LinkChannel> onChannel;
    private final Queue<SessionDescription> offers = new ArrayDeque<>();

    private boolean answering;
    private @Nullable SessionDescription lastOffer;
    private @Nullable SessionDescription lastAnswer;
    private PeerState state = PeerState.NEW;
    private boolean closed;

    SubscriberLink(LinkPeers peers, LinkPeers.Route route, Consumer<LinkChannel> onChannel, LinkEvents events) {
        this.events = events;
        this.onChannel = onChannel;
        peer = peers.subscribing(route, new PeerListener());
    }

    void onOffer(SessionDescription offer) {
        if (offers.size() == MAX_QUEUED) {
            fail("the server offers faster than it is answered");
            return;
        }
        offers.add(offer);
        answerNext();
    }

    void onCandidate(IceCandidate candidate) {
        peer.addRemoteCandidate(candidate);
    }

    void setIceServers(List<IceServer> servers) {
        peer.setIceServers(servers);
    }

    PeerState state() {
        return state;
    }

    /** What was answered last, or null. */
    @Nullable
    SessionDescription lastOffer() {
        return lastOffer;
    }

    @Nullable
    SessionDescription lastAnswer() {
        return lastAnswer;
    }

    void close() {
        closed = true;
        peer.close();
    }

    private void answerNext() {
        final SessionDescription offer = answering ? null : offers.poll();
        if (offer == null) {
            return;
        }
        answering = true;
        final var unused = peer.answer(offer.getSdp()).whenComplete((sdp, failure) -> {
            answering = false;
            if (closed) {
                return;
            }
            if (failure != null) {
                fail("WebRTC failed: " + failure.getMessage());
            } else {
                onAnswered(offer, sdp);
                answerNext();
            }
        });
    }

    private void onAnswered(SessionDescription offer, String sdp) {
        final SessionDescription answer = SessionDescription.newBuilder()
                .setType("answer")
                .setSdp(sdp)
                .setId(offer.getId())
                .build();
        lastOffer = offer;
        lastAnswer = answer;
        events.send(SignalRequest.newBuilder().setAnswer(answer).build());
    }

    private void fail(String why) {
        events.onLinkBroken(new RoomException(RoomException.Fault.MEDIA, "the receiving connection failed, " + why));
    }

    private final class PeerListener implements LinkPeers.Events {
        @Override
        public void onIceCandidate(IceCandidate candidate) {
            events.send(SignalRequest.newBuilder()
                    .setTrickle(TrickleRequest.newBuilder()
                            .setCandidateInit(CandidateText.write(candidate))
                            .setTarget(SignalTarget.SUBSCRIBER))
                    .build());
        }

        @Override
        public void onState(PeerState newState) {
            state = newState;
            LOG.debug("receiving connection {}", newState);
            if (newState == PeerState.FAILED) {
                events.onPathLost(false);
            } else {
                events.onLinkChanged();
            }
        }

        @Override
        public void onChannel(LinkChannel channel) {
            onChannel.accept(channel);
        }

        @Override
        public void onAudio(IncomingAudio audio) {
            events.onAudio(audio);
        }

        @Override
        public void onAudioEnded(IncomingAudio audio) {
            events.onAudioEnded(audio);
        }
    }
}
