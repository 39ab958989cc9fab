package dev.mouthpiece.worker.livekit.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.livekit.serial.ManualSerial;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import livekit.LivekitModels.DataPacket;
import livekit.LivekitModels.RpcRequest;
import org.junit.jupiter.api.Test;

class RpcTest {
    private final ManualSerial serial = new ManualSerial();
    private final RecordingWire wire = new RecordingWire();
    private final DataPlane data = new DataPlane(serial, wire);
    private final Rpc rpc = data.rpc();
    private final List<String> handled = new ArrayList<>();

    RpcTest() {
        rpc.handle("echo", (caller, payload) -> {
            handled.add(caller + ":" + payload);
            return payload;
        });
        rpc.handle("crash", (caller, payload) -> {
            throw new IllegalStateException("on purpose");
        });
        rpc.handle("refuse", (caller, payload) -> {
            throw new RpcException(2042, "no");
        });
        rpc.handle("long", (caller, payload) -> "x".repeat(16 << 10));
    }

    @Test
    void shouldAcknowledgeAndAnswerToTheCaller() {
        receive(Packets.request("agent", "1", "echo", "hello"));

        final List<DataPacket> sent = wire.take();
        assertThat(sent)
                .allMatch(packet -> packet.getDestinationIdentitiesList().equals(List.of("agent")));
        assertThat(sent.get(0).getRpcAck().getRequestId()).isEqualTo("1");
        assertThat(sent.get(1).getRpcResponse().getRequestId()).isEqualTo("1");
        assertThat(sent.get(1).getRpcResponse().getPayload()).isEqualTo("hello");
    }

    @Test
    void shouldAnswerWithTheCodesThatAllSdksKnow() {
        assertThat(errorOf(Packets.request("agent", "1", "unknown", ""))).isEqualTo(1400);
        assertThat(errorOf(Packets.request("agent", "2", "crash", ""))).isEqualTo(1500);
        assertThat(errorOf(Packets.request("agent", "3", "refuse", ""))).isEqualTo(2042);
        assertThat(errorOf(Packets.request("agent", "4", "long", ""))).isEqualTo(1504);
        final RpcRequest.Builder second =
                RpcRequest.newBuilder().setId("5").setMethod("echo").setVersion(2);
        assertThat(errorOf(Packets.from("agent").setRpcRequest(second))).isEqualTo(1404);
    }

    @Test
    void shouldCarryOutARepeatedCallOnceAndAnswerItTwice() {
        receive(Packets.request("agent", "1", "echo", "a"));
        final List<DataPacket> first = wire.take();
        receive(Packets.request("agent", "1", "echo", "a"));

        assertThat(handled).containsExactly("agent:a");
        assertThat(wire.take())
                .extracting(DataPacket::getRpcResponse)
                .containsExactlyElementsOf(
                        first.stream().map(DataPacket::getRpcResponse).toList());
    }

    @Test
    void shouldTakeTheSameIdOfTwoCallersForTwoCalls() {
        receive(Packets.request("a", "1", "echo", "a"));
        receive(Packets.request("b", "1", "echo", "b"));

        assertThat(handled).containsExactly("a:a", "b:b");
    }

    @Test
    void shouldRememberABoundedNumberOfAnswers() {
        for (int i = 0; i <= Rpc.MAX_ANSWERED; i++) {
            receive(Packets.request("a", "id" + i, "echo", "x"));
        }
        handled.clear();

        receive(Packets.request("a", "id" + Rpc.MAX_ANSWERED, "echo", "x"));
        receive(Packets.request("a", "id0", "echo", "x"));

        assertThat(handled).hasSize(1);
    }

    @Test
    void shouldCompleteACallWithItsAnswer() {
        final CompletableFuture<String> call = rpc.call("agent", "hello", "you");
        final DataPacket request = wire.take().getFirst();
        final String id = request.getRpcRequest().getId();

        receive(Packets.ack("agent", id));
        receive(Packets.response("agent", id, "fine"));

        assertThat(call).isCompletedWithValue("fine");
        assertThat(request.getDestinationIdentitiesList()).containsExactly("agent");
        assertThat(request.getRpcRequest().getVersion()).isEqualTo(1);
        assertThat(request.getRpcRequest().getResponseTimeoutMs()).isEqualTo(8000);
        assertThat(serial.timerCount()).isZero();
    }

    @Test
    void shouldTakeAnAnswerThatCameBeforeItsAcknowledgement() {
        final CompletableFuture<String> call = rpc.call("agent", "hello", "");
        final String id = wire.take().getFirst().getRpcRequest().getId();

        receive(Packets.response("agent", id, "fine"));
        receive(Packets.ack("agent", id));

        assertThat(call).isCompletedWithValue("fine");
    }

    @Test
    void shouldNotTakeAnAnswerOfAnotherParticipant() {
        final CompletableFuture<String> call = rpc.call("agent", "hello", "");
        final String id = wire.take().getFirst().getRpcRequest().getId();

        receive(Packets.ack("thief", id));
        receive(Packets.response("thief", id, "stolen"));

        assertThat(call).isNotDone();
    }

    @Test
    void shouldFailACallThatNobodyAcknowledgesAfterSevenSeconds() {
        final CompletableFuture<String> call = rpc.call("agent", "hello", "");

        serial.advanceMs(6_999);
        assertThat(call).isNotDone();
        serial.advanceMs(1);

        assertThat(code(call)).isEqualTo(1501);
    }

    @Test
    void shouldFailACallThatNobodyAnswersAfterItsTimeout() {
        final CompletableFuture<String> call = rpc.call("agent", "hello", "");
        receive(Packets.ack("agent", wire.take().getFirst().getRpcRequest().getId()));

        serial.advanceMs(14_999);
        assertThat(call).isNotDone();
        serial.advanceMs(1);

        assertThat(code(call)).isEqualTo(1502);
        assertThat(serial.timerCount()).isZero();
    }

    @Test
    void shouldFailCallsAtOnceWhenTheyCannotBeSentOrAnswered() {
        assertThat(code(rpc.call("agent", "hello", "x".repeat(15_361)))).isEqualTo(1402);
        final CompletableFuture<String> leaving = rpc.call("agent", "hello", "");
        final CompletableFuture<String> staying = rpc.call("other", "hello", "");
        data.onGone("agent");
        assertThat(code(leaving)).isEqualTo(1503);
        assertThat(staying).isNotDone();
        data.onNewSession();
        assertThat(code(staying)).isEqualTo(1501);
        wire.broken = true;
        assertThat(code(rpc.call("agent", "hello", ""))).isEqualTo(1505);
        assertThat(serial.timerCount()).isZero();
    }

    @Test
    void shouldBoundTheCallsUnderWay() {
        for (int i = 0; i < Rpc.MAX_PENDING; i++) {
            assertThat(rpc.call("agent", "hello", "")).isNotDone();
        }

        assertThat(code(rpc.call("agent", "hello", ""))).isEqualTo(1505);
    }

    @Test
    void shouldPassOverAnswersToNoCall() {
        receive(Packets.ack("agent", "never"));
        receive(Packets.response("agent", "never", "x"));
        receive(Packets.request("", "1", "echo", "from nobody"));

        assertThat(wire.take()).isEmpty();
        assertThat(handled).isEmpty();
    }

    private int errorOf(DataPacket.Builder request) {
        receive(request);
        final List<DataPacket> sent = wire.take();
        assertThat(sent).hasSize(2);
        return sent.get(1).getRpcResponse().getError().getCode();
    }

    private void receive(DataPacket.Builder packet) {
        data.onMessage(packet.build().toByteArray(), true);
    }

    private static int code(CompletableFuture<String> call) {
        assertThat(call).isCompletedExceptionally();
        return ((RpcException) call.exceptionNow()).code();
    }
}
