package dev.mouthpiece.worker.livekit.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.mouthpiece.worker.livekit.serial.ManualSerial;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import livekit.LivekitModels.DataPacket;
import livekit.LivekitModels.EncryptedPacket;
import livekit.LivekitModels.UserPacket;
import livekit.LivekitRtc.DataChannelReceiveState;
import org.junit.jupiter.api.Test;

class DataPlaneTest {
    private final ManualSerial serial = new ManualSerial();
    private final RecordingWire wire = new RecordingWire();
    private final DataPlane data = new DataPlane(serial, wire);
    private final List<String> received = new ArrayList<>();

    DataPlaneTest() {
        data.listen((sender, topic, payload) -> received.add(sender + "/" + topic + "/" + new String(payload, UTF_8)));
    }

    @Test
    void shouldNumberReliablePacketsFromOneAndNotTheOthers() {
        data.publish("t", bytes("a"), true, List.of());
        data.publish("t", bytes("b"), false, List.of());
        data.publish("t", bytes("c"), true, List.of("x"));

        assertThat(wire.sent).extracting(DataPacket::getSequence).containsExactly(1, 0, 2);
        assertThat(wire.sent.get(2).getDestinationIdentitiesList()).containsExactly("x");
        assertThat(wire.sent.get(0).getUser().getTopic()).isEqualTo("t");
    }

    @Test
    void shouldGiveTheServerWhatItHasNotSeenWhenResumed() {
        for (final String text : List.of("a", "b", "c")) {
            data.publish("t", bytes(text), true, List.of());
        }
        wire.take();

        data.onResumed(1);

        assertThat(wire.sent).extracting(DataPacket::getSequence).containsExactly(2, 3);
    }

    @Test
    void shouldKeepOnlyTheLastPacketsForAResume() {
        for (int i = 0; i < 2 * SentPackets.MAX_PACKETS; i++) {
            data.publish("t", bytes("x"), true, List.of());
        }
        wire.take();

        data.onResumed(0);

        assertThat(wire.sent)
                .hasSize(SentPackets.MAX_PACKETS)
                .last()
                .extracting(DataPacket::getSequence)
                .isEqualTo(2 * SentPackets.MAX_PACKETS);
    }

    @Test
    void shouldBoundTheBytesKeptForAResume() {
        for (int i = 0; i < 40; i++) {
            data.publish("t", new byte[60_000], true, List.of());
        }
        wire.take();

        data.onResumed(0);

        assertThat(wire.sent).hasSize(SentPackets.MAX_BYTES / 60_000);
    }

    @Test
    void shouldBeginAgainWithOneWhenTheSessionIsNew() {
        data.publish("t", bytes("a"), true, List.of());

        data.onNewSession();
        data.publish("t", bytes("b"), true, List.of());
        data.onResumed(0);

        assertThat(wire.sent).extracting(DataPacket::getSequence).containsExactly(1, 1, 1);
    }

    @Test
    void shouldNotUseANumberForAPacketThatCouldNotBeSent() {
        wire.broken = true;
        assertThat(data.publish("t", bytes("a"), true, List.of())).isFalse();
        wire.broken = false;
        assertThat(data.publish("t", new byte[DataPlane.MAX_PACKET_BYTES], true, List.of()))
                .isFalse();

        assertThat(data.publish("t", bytes("b"), true, List.of())).isTrue();

        assertThat(wire.sent).extracting(DataPacket::getSequence).containsExactly(1);
    }

    @Test
    void shouldTakeARepeatedPacketOnce() {
        receive(user("a", "1").setSequence(1));
        receive(user("a", "2").setSequence(2));
        receive(user("a", "1").setSequence(1));
        receive(user("a", "2").setSequence(2));
        receive(user("b", "1").setSequence(1));

        assertThat(received).containsExactly("a/t/1", "a/t/2", "b/t/1");
    }

    @Test
    void shouldTakeUnnumberedPacketsAlways() {
        receive(user("a", "1"));
        receive(user("a", "1"));
        receive(user("a", "2").setSequence(5).clearParticipantSid());
        receive(user("a", "2").setSequence(5).clearParticipantSid());

        assertThat(received).hasSize(4);
    }

    @Test
    void shouldNotCompareNumbersOfTheLossyChannel() {
        data.onMessage(user("a", "2").setSequence(2).build().toByteArray(), true);
        data.onMessage(user("a", "1").setSequence(1).build().toByteArray(), false);

        assertThat(received).hasSize(2);
    }

    @Test
    void shouldForgetASenderThatIsSilentForHalfAMinute() {
        receive(user("a", "1").setSequence(7));
        serial.advanceMs(29_000);
        receive(user("b", "1").setSequence(9));
        receive(user("a", "1").setSequence(7));
        assertThat(received).hasSize(2);

        serial.advanceMs(2_000);
        receive(user("a", "1").setSequence(7));

        assertThat(received).hasSize(3);
    }

    @Test
    void shouldTellTheServerTheLastNumberOfEachSender() {
        receive(user("a", "1").setSequence(7));
        receive(user("b", "1").setSequence(9));
        receive(user("a", "1").setSequence(8));

        assertThat(data.receiveStates()).containsExactlyInAnyOrder(state("PA_a", 8), state("PA_b", 9));
    }

    @Test
    void shouldBoundTheSendersItRemembers() {
        for (int i = 0; i < SeenPackets.MAX_SENDERS + 10; i++) {
            receive(user("a" + i, "1").setSequence(1));
        }

        assertThat(data.receiveStates()).hasSize(SeenPackets.MAX_SENDERS);
    }

    @Test
    void shouldPassOverWhatItCannotRead() {
        data.onMessage(new byte[] {(byte) 0xFF, 1, 2}, true);
        data.onMessage(new byte[0], true);
        receive(Packets.from("a"));
        receive(Packets.from("a").setEncryptedPacket(EncryptedPacket.getDefaultInstance()));
        receive(user("a", "1"));

        assertThat(received).containsExactly("a/t/1");
    }

    @Test
    void shouldGiveStreamsAndCallsToTheirOwners() {
        final var streams = new RecordingStreams();
        data.streams().listen("audio", streams);
        data.rpc().handle("hello", (caller, payload) -> caller + ":" + payload);

        receive(Packets.header("a", "s1", "audio", Map.of()));
        receive(Packets.chunk("a", "s1", 0, bytes("xy")));
        receive(Packets.trailer("a", "s1", ""));
        receive(Packets.request("a", "id", "hello", "you"));

        assertThat(streams.log).containsExactly("open s1", "s1 xy", "end s1 ");
        assertThat(wire.sent.get(0).getRpcAck().getRequestId()).isEqualTo("id");
        assertThat(wire.sent.get(1).getRpcResponse().getPayload()).isEqualTo("a:you");
        assertThat(wire.sent).extracting(DataPacket::getSequence).containsExactly(1, 2);
    }

    private void receive(DataPacket.Builder packet) {
        data.onMessage(packet.build().toByteArray(), true);
    }

    private static DataPacket.Builder user(String identity, String text) {
        return Packets.from(identity)
                .setUser(UserPacket.newBuilder().setTopic("t").setPayload(ByteString.copyFromUtf8(text)));
    }

    private static DataChannelReceiveState state(String sid, int sequence) {
        return DataChannelReceiveState.newBuilder()
                .setPublisherSid(sid)
                .setLastSeq(sequence)
                .build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
