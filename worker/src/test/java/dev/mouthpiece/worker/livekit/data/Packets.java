package dev.mouthpiece.worker.livekit.data;

import com.google.protobuf.ByteString;
import java.util.Map;
import livekit.LivekitModels.DataPacket;
import livekit.LivekitModels.DataStream;
import livekit.LivekitModels.RpcAck;
import livekit.LivekitModels.RpcRequest;
import livekit.LivekitModels.RpcResponse;

/** Packets as other participants send them. */
public final class Packets {
    private Packets() {}

    public static DataPacket.Builder from(String identity) {
        return DataPacket.newBuilder().setParticipantIdentity(identity).setParticipantSid("PA_" + identity);
    }

    public static DataPacket.Builder header(
            String identity, String stream, String topic, Map<String, String> attributes) {
        return from(identity)
                .setStreamHeader(DataStream.Header.newBuilder()
                        .setStreamId(stream)
                        .setTopic(topic)
                        .setMimeType("application/octet-stream")
                        .putAllAttributes(attributes)
                        .setByteHeader(DataStream.ByteHeader.newBuilder().setName("AUDIO_0123456789ab")));
    }

    public static DataPacket.Builder chunk(String identity, String stream, long index, byte[] content) {
        return from(identity)
                .setStreamChunk(DataStream.Chunk.newBuilder()
                        .setStreamId(stream)
                        .setChunkIndex(index)
                        .setContent(ByteString.copyFrom(content)));
    }

    public static DataPacket.Builder trailer(String identity, String stream, String reason) {
        return from(identity)
                .setStreamTrailer(
                        DataStream.Trailer.newBuilder().setStreamId(stream).setReason(reason));
    }

    public static DataPacket.Builder request(String identity, String id, String method, String payload) {
        return from(identity)
                .setRpcRequest(RpcRequest.newBuilder()
                        .setId(id)
                        .setMethod(method)
                        .setPayload(payload)
                        .setResponseTimeoutMs(8000)
                        .setVersion(1));
    }

    public static DataPacket.Builder ack(String identity, String id) {
        return from(identity).setRpcAck(RpcAck.newBuilder().setRequestId(id));
    }

    public static DataPacket.Builder response(String identity, String id, String payload) {
        return from(identity)
                .setRpcResponse(RpcResponse.newBuilder().setRequestId(id).setPayload(payload));
    }
}
