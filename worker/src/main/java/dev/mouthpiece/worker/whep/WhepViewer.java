package dev.mouthpiece.worker.whep;

import dev.mouthpiece.worker.rtc.AnswerOptions;
import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.IceState;
import dev.mouthpiece.worker.rtc.Peer;
import dev.mouthpiece.worker.rtc.PeerEvents;
import dev.mouthpiece.worker.rtc.PeerState;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One who watches: a peer connection of its own, with an encoder of its own. Owned by its room; thread {@code whep} only.
 *
 * <p>It is over when the other side says so by DELETE or by closing the connection, when no packet has come for long, or
 * when it never connected at all.
 */
final class WhepViewer implements PeerEvents {
    /** An offer that was answered and never connected would stay for ever. */
    static final long CONNECT_NS = 15_000_000_000L;

    /** The other side has closed: ICE is gone while the connection, which would notice a loss too, is not. */
    static final long GOODBYE_NS = 2_000_000_000L;

    /** After the connection has failed, a viewer may still come back by an ICE restart. */
    static final long FAILED_NS = 5_000_000_000L;

    private final String id;
    private final long bornNs;
    private final AnswerOptions options;
    private @Nullable Peer peer;
    private String offer = "";
    private int generation;
    private boolean wasConnected;
    private PeerState state = PeerState.NEW;
    private IceState ice = IceState.NEW;
    private boolean isStateNew = true;
    private long changedNs;

    WhepViewer(String id, AnswerOptions options, long nowNs) {
        this.id = id;
        this.options = options;
        this.bornNs = nowNs;
        this.changedNs = nowNs;
    }

    /** Gives it its connection, which it owns from now on. */
    void use(Peer made) {
        peer = made;
    }

    String id() {
        return id;
    }

    /** Changes with each set of ICE credentials. */
    String etag() {
        return "\"" + id + "-" + generation + "\"";
    }

    boolean isConnected() {
        return state == PeerState.CONNECTED;
    }

    /** Answers the first offer. */
    CompletableFuture<String> answer(String sdp) {
        offer = sdp;
        return peer().answer(sdp, options);
    }

    /** Answers an ICE restart with our new credentials and candidates, as a fragment. */
    CompletableFuture<String> restart(IceFragment fragment) {
        offer = fragment.restart(offer);
        generation++;
        return peer().answer(offer, options).thenApply(answer -> {
            add(fragment);
            return IceFragment.of(answer);
        });
    }

    /** Whether the fragment belongs to new credentials. */
    boolean isRestart(IceFragment fragment) {
        return fragment.ufrag()
                .filter(ufrag -> !offer.contains("a=ice-ufrag:" + ufrag + "\r\n")
                        && !offer.contains("a=ice-ufrag:" + ufrag + "\n"))
                .isPresent();
    }

    /** Takes the other side's candidates. */
    void add(IceFragment fragment) {
        for (final IceFragment.Candidate candidate : fragment.candidates()) {
            peer().addRemoteCandidate(new IceCandidate(candidate.mid(), 0, candidate.line()));
        }
    }

    /** Why it is to be dropped now; empty while it may stay. */
    Optional<String> fault(long nowNs) {
        if (isStateNew) {
            changedNs = nowNs;
            isStateNew = false;
        }
        final long forNs = nowNs - changedNs;
        if (!wasConnected && nowNs - bornNs > CONNECT_NS) {
            return Optional.of("never connected");
        }
        if (state == PeerState.CLOSED) {
            return Optional.of("closed");
        }
        if (state == PeerState.CONNECTED && ice == IceState.DISCONNECTED && forNs > GOODBYE_NS) {
            return Optional.of("closed by the viewer");
        }
        if (state == PeerState.FAILED && forNs > FAILED_NS) {
            return Optional.of("connection lost");
        }
        return Optional.empty();
    }

    void close() {
        if (peer != null) {
            peer.close();
        }
    }

    @Override
    public void onStateChange(PeerState now) {
        state = now;
        isStateNew = true;
        wasConnected |= now == PeerState.CONNECTED;
    }

    @Override
    public void onIceStateChange(IceState now) {
        ice = now;
        isStateNew = true;
    }

    private Peer peer() {
        if (peer == null) {
            throw new IllegalStateException("viewer " + id + " has no connection yet");
        }
        return peer;
    }
}
