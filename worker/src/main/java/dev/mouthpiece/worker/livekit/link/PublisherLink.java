package dev.mouthpiece.worker.livekit.link;

import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.PeerState;
import dev.mouthpiece.worker.rtc.VideoCodec;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import livekit.LivekitRtc.SessionDescription;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalTarget;
import livekit.LivekitRtc.TrickleRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection that we offer: once with everything that it carries, and again after each resume, for a new path. Offers are
 * numbered, and an answer to an older one is not taken.
 */
final class PublisherLink {
    static final long ANSWER_TIMEOUT_MS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(PublisherLink.class);

    private final Serial serial;
    private final LinkEvents events;
    private final LinkPeer peer;

    private int offerId;
    private boolean settled;
    private PeerState state = PeerState.NEW;
    private Serial.@Nullable Timer answerTimer;
    private boolean closed;

    PublisherLink(Serial serial, LinkPeers peers, LinkPeers.Route route, VideoCodec codec, LinkEvents events) {
        this.serial = serial;
        this.events = events;
        peer = peers.publishing(route, codec, new PeerListener());
    }

    LinkChannel openChannel(String label, boolean ordered, int maxRetransmits) {
        return peer.openChannel(label, ordered, maxRetransmits);
    }

    /** Offers what it carries. */
    void offer() {
        offer(false);
    }

    /** Looks for a new path. Only while it {@link #isSettled}. */
    void restart(List<IceServer> servers) {
        peer.setIceServers(servers);
        offer(true);
    }

    void onAnswer(SessionDescription answer) {
        if (answerTimer == null || (answer.getId() != 0 && answer.getId() != offerId)) {
            LOG.debug("answer {} is not for offer {}", answer.getId(), offerId);
            return;
        }
        cancelTimer();
        follow(peer.acceptAnswer(answer.getSdp()), applied -> {
            settled = true;
            events.onLinkChanged();
        });
    }

    void onCandidate(IceCandidate candidate) {
        peer.addRemoteCandidate(candidate);
    }

    PeerState state() {
        return state;
    }

    /** No offer is under way. */
    boolean isSettled() {
        return settled;
    }

    void close() {
        closed = true;
        cancelTimer();
        peer.close();
    }

    private void offer(boolean restartIce) {
        settled = false;
        follow(peer.createOffer(restartIce), sdp -> {
            events.send(SignalRequest.newBuilder()
                    .setOffer(SessionDescription.newBuilder()
                            .setType("offer")
                            .setSdp(sdp)
                            .setId(++offerId))
                    .build());
            answerTimer = serial.schedule(
                    ANSWER_TIMEOUT_MS,
                    () -> fail("the server has not answered our offer within " + ANSWER_TIMEOUT_MS / 1000 + " s"));
        });
    }

    private <T> void follow(CompletableFuture<T> step, Consumer<T> next) {
        final var unused = step.whenComplete((result, failure) -> {
            if (closed) {
                return;
            }
            if (failure != null) {
                fail("WebRTC failed: " + failure.getMessage());
            } else {
                next.accept(result);
            }
        });
    }

    private void fail(String why) {
        if (!closed) {
            events.onLinkBroken(
                    new RoomException(RoomException.Fault.MEDIA, "the publishing connection failed, " + why));
        }
    }

    private void cancelTimer() {
        if (answerTimer != null) {
            answerTimer.cancel();
            answerTimer = null;
        }
    }

    private final class PeerListener implements LinkPeers.Events {
        @Override
        public void onIceCandidate(IceCandidate candidate) {
            events.send(SignalRequest.newBuilder()
                    .setTrickle(TrickleRequest.newBuilder()
                            .setCandidateInit(CandidateText.write(candidate))
                            .setTarget(SignalTarget.PUBLISHER))
                    .build());
        }

        @Override
        public void onState(PeerState newState) {
            state = newState;
            LOG.debug("publishing connection {}", newState);
            if (newState == PeerState.FAILED) {
                events.onPathLost(true);
            } else {
                events.onLinkChanged();
            }
        }
    }
}
