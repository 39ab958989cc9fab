package dev.mouthpiece.worker.livekit.data;

/** What other participants send as plain packets. Called in the session's turn. */
@FunctionalInterface
public interface UserPacketListener {
    /**
     * One packet.
     *
     * @param sender the identity that the server vouches for; empty for a packet of the server's API
     */
    void onUserPacket(String sender, String topic, byte[] payload);
}
