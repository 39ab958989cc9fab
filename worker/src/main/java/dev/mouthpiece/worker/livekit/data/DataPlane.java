package dev.mouthpiece.worker.livekit.data;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.mouthpiece.worker.livekit.serial.Serial;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import livekit.LivekitModels.DataPacket;
import livekit.LivekitModels.UserPacket;
import livekit.LivekitRtc.DataChannelReceiveState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All data packets of one participant. It outlives its connections: numbers begin anew with each session at the server, streams
 * and handlers stay.
 */
public final class DataPlane {
    /** Longer packets would close the channel for good. */
    public static final int MAX_PACKET_BYTES = 64_000;

    private static final Logger LOG = LoggerFactory.getLogger(DataPlane.class);

    private final Serial serial;
    private final PacketWire wire;
    private final SentPackets sent = new SentPackets();
    private final SeenPackets seen = new SeenPackets();
    private final ByteStreams streams = new ByteStreams();
    private final Rpc rpc;
    private UserPacketListener userPackets = (sender, topic, payload) -> {};
    private boolean encryptedTold;

    public DataPlane(Serial serial, PacketWire wire) {
        this.serial = serial;
        this.wire = wire;
        this.rpc = new Rpc(serial, packet -> send(packet, true));
    }

    /** Byte streams that come in. */
    public ByteStreams streams() {
        return streams;
    }

    /** Remote calls. */
    public Rpc rpc() {
        return rpc;
    }

    /** Plain packets go to {@code listener} from now on. */
    public void listen(UserPacketListener listener) {
        userPackets = listener;
    }

    /**
     * Sends a plain packet.
     *
     * @param destinations identities; none for everybody in the room
     * @return false where it was not sent: no open channel, or the packet is longer than {@link #MAX_PACKET_BYTES}
     */
    public boolean publish(String topic, byte[] payload, boolean reliable, Collection<String> destinations) {
        return send(
                DataPacket.newBuilder()
                        .addAllDestinationIdentities(destinations)
                        .setUser(UserPacket.newBuilder().setTopic(topic).setPayload(ByteString.copyFrom(payload))),
                reliable);
    }

    /** One message of a data channel, as it came; it is kept, and must not be changed any more. */
    public void onMessage(byte[] message, boolean reliable) {
        final DataPacket packet;
        try {
            // Speech is most of what comes: it stays where it is.
            final CodedInputStream input =
                    UnsafeByteOperations.unsafeWrap(message).newCodedInput();
            input.enableAliasing(true);
            packet = DataPacket.parseFrom(input);
            input.checkLastTagWas(0);
        } catch (final IOException e) {
            LOG.debug("a data packet of {} bytes cannot be read", message.length);
            return;
        }
        if (reliable && !seen.isNew(packet.getParticipantSid(), packet.getSequence(), serial.nanoTime())) {
            LOG.debug("packet {} of {} came twice", packet.getSequence(), packet.getParticipantIdentity());
            return;
        }
        dispatch(packet);
    }

    /** The session goes on after its signal connection was made anew: the server gets what it has not seen. */
    public void onResumed(int lastSeenByServer) {
        for (final byte[] packet : sent.after(lastSeenByServer)) {
            wire.send(packet, true);
        }
    }

    /** A new session has begun at the server. Streams that are open go on, for their senders know nothing of it. */
    public void onNewSession() {
        sent.restart();
        rpc.restart();
    }

    /** A participant has left. */
    public void onGone(String identity) {
        rpc.onGone(identity);
    }

    /** For the server, on a resume. */
    public List<DataChannelReceiveState> receiveStates() {
        return seen.states();
    }

    private boolean send(DataPacket.Builder packet, boolean reliable) {
        if (!reliable) {
            final byte[] bytes = packet.build().toByteArray();
            return bytes.length <= MAX_PACKET_BYTES && wire.send(bytes, false);
        }
        final byte[] bytes = packet.setSequence(sent.next()).build().toByteArray();
        if (bytes.length > MAX_PACKET_BYTES || !wire.send(bytes, true)) {
            return false;
        }
        sent.sent(bytes);
        return true;
    }

    private void dispatch(DataPacket packet) {
        final String sender = packet.getParticipantIdentity();
        final String senderSid = packet.getParticipantSid();
        final long nowNs = serial.nanoTime();
        switch (packet.getValueCase()) {
            case STREAM_HEADER -> streams.onHeader(sender, senderSid, packet.getStreamHeader(), nowNs);
            case STREAM_CHUNK -> streams.onChunk(sender, senderSid, packet.getStreamChunk());
            case STREAM_TRAILER -> streams.onTrailer(sender, packet.getStreamTrailer(), nowNs);
            case RPC_REQUEST -> rpc.onRequest(sender, packet.getRpcRequest());
            case RPC_ACK -> rpc.onAck(sender, packet.getRpcAck());
            case RPC_RESPONSE -> rpc.onResponse(sender, packet.getRpcResponse());
            case USER ->
                userPackets.onUserPacket(
                        sender,
                        packet.getUser().getTopic(),
                        packet.getUser().getPayload().toByteArray());
            case ENCRYPTED_PACKET -> tellEncrypted(sender);
            default -> LOG.debug("a packet of {} is not for us: {}", sender, packet.getValueCase());
        }
    }

    private void tellEncrypted(String sender) {
        if (!encryptedTold) {
            LOG.warn("{} encrypts its data end to end, which is not supported: its speech cannot be heard", sender);
            encryptedTold = true;
        }
    }
}
