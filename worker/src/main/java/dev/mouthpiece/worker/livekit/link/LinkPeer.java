package dev.mouthpiece.worker.livekit.link;

import dev.mouthpiece.worker.rtc.IceCandidate;
import dev.mouthpiece.worker.rtc.IceServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a session needs of a peer connection. Futures complete in the session's turn, and fail when it is closed. */
public interface LinkPeer extends AutoCloseable {
    /** Opens a channel for messages. */
    LinkChannel openChannel(String label, boolean ordered, int maxRetransmits);

    /** Makes an offer and applies it. */
    CompletableFuture<String> createOffer(boolean iceRestart);

    /** Applies the answer to the last offer. */
    CompletableFuture<Void> acceptAnswer(String sdp);

    /** Applies an offer and answers it. */
    CompletableFuture<String> answer(String offer);

    /** A way to the other side; kept until it can be used. */
    void addRemoteCandidate(IceCandidate candidate);

    /** Other servers, from the next ICE restart on. */
    void setIceServers(List<IceServer> servers);

    @Override
    void close();
}
