package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Peers that receive sound. A factory of their own: sound is heard only with the headless device, and that one aborts the
 * process where sound is sent. Owned by the session's serial executor.
 */
public final class Listener implements AutoCloseable {
    private final Hearing hearing;
    private final PeerConnectionFactory factory;
    private final List<Peer> peers = new ArrayList<>();
    private boolean closed;

    /** @param phaseNs sound comes at this moment of {@link System#nanoTime}, and every 10 ms before and after */
    Listener(long phaseNs) {
        hearing = new Hearing(phaseNs);
        factory = new PeerConnectionFactory(hearing.device());
        hearing.takeOver();
    }

    /** A peer that answers offers and tells each track of sound in them; it cannot send media. */
    public Peer newPeer(PeerConfig config, PeerEvents events, Executor executor) {
        if (closed) {
            throw new RtcException("the listener is closed");
        }
        final Peer peer = new Peer(factory, config, events, executor, null, hearing, peers::remove);
        peers.add(peer);
        return peer;
    }

    /** Closes its peers and releases everything native. May be called again. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        final Teardown teardown = new Teardown();
        for (final Peer peer : List.copyOf(peers)) {
            teardown.step(peer::close);
        }
        // A peer that failed to close has left its tracks attached.
        teardown.step(hearing::stop);
        teardown.step(factory::dispose);
        teardown.step(hearing::close);
        teardown.finish("listener");
    }
}
