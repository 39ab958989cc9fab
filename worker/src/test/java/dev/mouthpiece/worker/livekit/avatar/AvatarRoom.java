package dev.mouthpiece.worker.livekit.avatar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.livekit.data.DataPlane;
import dev.mouthpiece.worker.livekit.data.Packets;
import dev.mouthpiece.worker.livekit.data.RecordingWire;
import dev.mouthpiece.worker.livekit.serial.ManualSerial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import livekit.LivekitModels.DataPacket;
import livekit.LivekitModels.RpcError;
import livekit.LivekitModels.RpcResponse;

/** An avatar session and the agents that talk to it, with a clock that the test holds. */
final class AvatarRoom implements AvatarEvents {
    static final int RATE = 16_000;
    static final int BYTES_PER_MS = RATE * 2 / 1000;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What the sender was told. */
    record Report(String to, double position, boolean interrupted) {}

    final ManualSerial serial = new ManualSerial();
    final RecordingWire wire = new RecordingWire();
    final DataPlane data = new DataPlane(serial, wire);
    final TestPlayer player = new TestPlayer();
    final Set<String> ordinary = new HashSet<>();
    final List<String> events = new ArrayList<>();
    final AvatarProtocol protocol;

    /** In order, answered "ok" unless the test says otherwise. */
    final List<Report> reports = new ArrayList<>();

    final List<String> startedTo = new ArrayList<>();
    /** Answers of calls, by method. */
    final Map<String, RpcResponse> answers = new HashMap<>();
    /** Calls are acknowledged and not answered. */
    boolean busy;

    private final Map<String, Long> nextChunk = new HashMap<>();
    private final Map<String, String> sids = new HashMap<>();
    private final Map<String, String> clearAnswers = new HashMap<>();
    private int nextId;

    AvatarRoom(AvatarSettings settings) {
        protocol = new AvatarProtocol(serial, data, player, settings, ordinary::contains, this);
        player.listen(protocol);
    }

    static AvatarRoom onBehalfOf(String agent) {
        final var room = new AvatarRoom(AvatarSettings.DEFAULT);
        room.protocol.onOwnAttributes(Map.of("lk.publish_on_behalf", agent));
        return room;
    }

    void header(String sender, String stream) {
        header(sender, stream, RATE, 1);
    }

    void header(String sender, String stream, int rate, int channels) {
        header(sender, stream, Map.of("sample_rate", String.valueOf(rate), "num_channels", String.valueOf(channels)));
    }

    void header(String sender, String stream, Map<String, String> attributes) {
        receive(sender, Packets.header(sender, stream, AvatarProtocol.TOPIC, attributes));
    }

    /** Speech of 16 kHz, mono. */
    void speech(String sender, String stream, int ms) {
        bytes(sender, stream, new byte[ms * BYTES_PER_MS]);
    }

    void bytes(String sender, String stream, byte[] content) {
        final long index = nextChunk.merge(stream, 1L, Long::sum) - 1;
        receive(sender, Packets.chunk(sender, stream, index, content));
    }

    void trailer(String sender, String stream) {
        receive(sender, Packets.trailer(sender, stream, ""));
    }

    /** A whole segment. */
    void segment(String sender, String stream, int ms) {
        header(sender, stream);
        speech(sender, stream, ms);
        trailer(sender, stream);
    }

    /** Interrupts; returns the answer. */
    String clear(String sender) {
        final String id = "clear-" + nextId++;
        receive(sender, Packets.request(sender, id, AvatarProtocol.CLEAR_BUFFER, ""));
        serial.run();
        answerCalls();
        return clearAnswers.getOrDefault(id, "none");
    }

    /** The sender's session from now on. */
    void session(String sender, String sid) {
        sids.put(sender, sid);
    }

    /** Both clocks move on, 10 ms at a time. */
    void pass(long ms) {
        for (long i = 0; i < ms; i += 10) {
            player.play(10_000);
            settle();
            serial.advanceMs(10);
            settle();
        }
    }

    /** What is due now happens. */
    void settle() {
        serial.run();
        answerCalls();
        serial.run();
    }

    @Override
    public void onSenderFound(String identity) {
        events.add("found " + identity);
    }

    @Override
    public void onSenderGone(String identity) {
        events.add("gone " + identity);
    }

    @Override
    public void onSenderLost(String identity) {
        events.add("lost " + identity);
    }

    @Override
    public void onSegment(long number, int sampleRateHz, int channels) {
        events.add("segment " + number + " " + sampleRateHz + "/" + channels);
    }

    @Override
    public void onInterrupted(int segments) {
        events.add("interrupted " + segments);
    }

    private void receive(String sender, DataPacket.Builder packet) {
        packet.setParticipantSid(sids.getOrDefault(sender, "PA_" + sender));
        data.onMessage(packet.build().toByteArray(), true);
    }

    private void answerCalls() {
        for (final DataPacket packet : wire.take()) {
            switch (packet.getValueCase()) {
                case RPC_RESPONSE ->
                    clearAnswers.put(
                            packet.getRpcResponse().getRequestId(),
                            packet.getRpcResponse().getPayload());
                case RPC_REQUEST -> answer(packet);
                default -> {}
            }
        }
    }

    private void answer(DataPacket packet) {
        final String to = packet.getDestinationIdentities(0);
        final String id = packet.getRpcRequest().getId();
        final String method = packet.getRpcRequest().getMethod();
        final RpcResponse answer = answers.getOrDefault(
                method, RpcResponse.newBuilder().setPayload("ok").build());
        if (method.equals(PlaybackNotifier.STARTED)) {
            startedTo.add(to);
        } else if (!answer.hasError()) {
            reports.add(parse(to, packet.getRpcRequest().getPayload()));
        }
        receive(to, Packets.ack(to, id));
        if (!busy) {
            receive(to, Packets.from(to).setRpcResponse(answer.toBuilder().setRequestId(id)));
        }
    }

    static RpcResponse error(int code) {
        return RpcResponse.newBuilder()
                .setError(RpcError.newBuilder().setCode(code))
                .build();
    }

    private static Report parse(String to, String payload) {
        try {
            final JsonNode json = JSON.readTree(payload);
            final var keys = new ArrayList<String>();
            json.fieldNames().forEachRemaining(keys::add);
            if (!keys.equals(List.of("playback_position", "interrupted", "synchronized_transcript"))
                    || !json.get("synchronized_transcript").isNull()) {
                throw new AssertionError("keys that the agent refuses: " + payload);
            }
            return new Report(
                    to,
                    json.get("playback_position").doubleValue(),
                    json.get("interrupted").booleanValue());
        } catch (final JsonProcessingException e) {
            throw new AssertionError(payload, e);
        }
    }
}
