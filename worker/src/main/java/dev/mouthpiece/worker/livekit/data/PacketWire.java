package dev.mouthpiece.worker.livekit.data;

/** The way to the server's data channels. */
public interface PacketWire {
    /**
     * Hands one packet to the channel.
     *
     * @param reliable ordered and repeated until it arrives, or sent once
     * @return false where there is no open channel, or too much waits in it: nothing was sent
     */
    boolean send(byte[] packet, boolean reliable);
}
