package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.RTCIceCandidate;
import dev.onvoid.webrtc.RTCPeerConnection;
import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The other side's candidates, kept back while there is no description that they belong to. Owned by the serial executor. */
final class RemoteCandidates {
    /** No honest side has more. */
    private static final int MAX_QUEUED = 256;

    private static final Logger LOG = LoggerFactory.getLogger(RemoteCandidates.class);

    private final RTCPeerConnection connection;
    private final Queue<IceCandidate> queued = new ArrayDeque<>();
    private boolean holding = true;

    RemoteCandidates(RTCPeerConnection connection) {
        this.connection = connection;
    }

    boolean add(IceCandidate candidate) {
        if (!Candidates.isCandidate(candidate.candidate()) || queued.size() == MAX_QUEUED) {
            return false;
        }
        if (holding) {
            queued.add(candidate);
        } else {
            apply(candidate);
        }
        return true;
    }

    /** A new ICE session is offered: what comes from now on belongs to its answer. */
    void hold() {
        holding = true;
    }

    void flow() {
        holding = false;
        while (!queued.isEmpty()) {
            apply(queued.remove());
        }
    }

    private void apply(IceCandidate candidate) {
        try {
            connection.addIceCandidate(
                    new RTCIceCandidate(candidate.sdpMid(), candidate.sdpMLineIndex(), candidate.candidate()));
        } catch (RuntimeException | Error e) {
            LOG.debug("a candidate of the other side is not taken: {}", candidate, e);
        }
    }
}
