package dev.mouthpiece.worker.livekit.data;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import livekit.LivekitModels.DataPacket;

/** Keeps what was sent; broken when the test says so. */
public final class RecordingWire implements PacketWire {
    public final List<DataPacket> sent = new ArrayList<>();
    public boolean broken;

    @Override
    public boolean send(byte[] packet, boolean reliable) {
        if (broken) {
            return false;
        }
        try {
            sent.add(DataPacket.parseFrom(packet));
            return true;
        } catch (final InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** What was sent since the last call. */
    public List<DataPacket> take() {
        final List<DataPacket> all = List.copyOf(sent);
        sent.clear();
        return all;
    }
}
