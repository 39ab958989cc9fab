package dev.mouthpiece.worker.rtc;

import java.util.List;

/**
 * How a peer finds its way.
 *
 * @param iceServers STUN and TURN servers, tried beside the machine's own addresses; may be empty
 * @param relayOnly whether only TURN relays may be used
 */
public record PeerConfig(List<IceServer> iceServers, boolean relayOnly, NetworkConfig network) {
    /** Own addresses only. */
    public static final PeerConfig DEFAULT = new PeerConfig(List.of(), false, NetworkConfig.DEFAULT);

    public PeerConfig {
        iceServers = List.copyOf(iceServers);
    }
}
