package dev.mouthpiece.worker.livekit.signal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.livekit.serial.ManualSerial;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import livekit.LivekitRtc.LeaveRequest;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalResponse;
import org.junit.jupiter.api.Test;

class WebSocketSignalTest {
    private final ManualSerial serial = new ManualSerial();
    private final RecordingListener listener = new RecordingListener();
    private final FakeWebSocket socket = new FakeWebSocket();
    private final WebSocketSignal signal = new WebSocketSignal(serial, listener);

    @Test
    void shouldJoinTheFramesOfAMessage() {
        final byte[] bytes = leave().toByteArray();
        signal.onOpen(socket);

        for (int i = 0; i < bytes.length; i++) {
            signal.onBinary(socket, ByteBuffer.wrap(bytes, i, 1), i == bytes.length - 1);
        }
        signal.onBinary(socket, ByteBuffer.wrap(bytes), true);
        serial.run();

        assertThat(listener.messages).containsExactly(leave(), leave());
        assertThat(socket.requested).isEqualTo(bytes.length + 2);
    }

    @Test
    void shouldSayThatItIsNoLiveKitServerWhenTheFirstMessageIsNonsense() {
        signal.onOpen(socket);

        signal.onBinary(socket, ByteBuffer.wrap(new byte[] {(byte) 0xFF, 1, 2, 3}), true);
        serial.run();

        assertThat(listener.closed).singleElement().satisfies(why -> {
            assertThat(why.fault()).isEqualTo(RoomException.Fault.NOT_LIVEKIT);
            assertThat(why.retryHelps()).isFalse();
        });
        assertThat(socket.aborted).isTrue();
    }

    @Test
    void shouldPassOverAMalformedMessageLaterOn() {
        signal.onOpen(socket);
        signal.onBinary(socket, ByteBuffer.wrap(leave().toByteArray()), true);

        signal.onBinary(socket, ByteBuffer.wrap(new byte[] {(byte) 0xFF, 1, 2, 3}), true);
        signal.onBinary(socket, ByteBuffer.wrap(leave().toByteArray()), true);
        serial.run();

        assertThat(listener.messages).hasSize(2);
        assertThat(listener.closed).isEmpty();
    }

    @Test
    void shouldHandOverAMessageOfAnUnknownCase() {
        signal.onOpen(socket);

        // Field 999, a varint: a newer server's message.
        signal.onBinary(socket, ByteBuffer.wrap(new byte[] {(byte) 0xB8, 0x3E, 1}), true);
        serial.run();

        assertThat(listener.messages)
                .singleElement()
                .extracting(SignalResponse::getMessageCase)
                .isEqualTo(SignalResponse.MessageCase.MESSAGE_NOT_SET);
    }

    @Test
    void shouldRefuseText() {
        signal.onOpen(socket);

        signal.onText(socket, "{}", true);
        serial.run();

        assertThat(listener.closed).singleElement().matches(why -> why.fault() == RoomException.Fault.NOT_LIVEKIT);
    }

    @Test
    void shouldRefuseAMessageWithoutEnd() {
        signal.onOpen(socket);

        final byte[] piece = new byte[1 << 20];
        for (int i = 0; i <= WebSocketSignal.MAX_MESSAGE_BYTES / piece.length; i++) {
            signal.onBinary(socket, ByteBuffer.wrap(piece), false);
        }
        serial.run();

        assertThat(listener.closed).hasSize(1);
        assertThat(socket.aborted).isTrue();
    }

    @Test
    void shouldTellTheLeaveBeforeTheCloseThatFollowsIt() {
        signal.onOpen(socket);

        signal.onBinary(socket, ByteBuffer.wrap(leave().toByteArray()), true);
        signal.onClose(socket, 1000, "");
        serial.run();

        assertThat(listener.order).containsExactly("LEAVE", "closed");
    }

    @Test
    void shouldTellTheEndOnceWhenItComesTwice() {
        signal.onOpen(socket);

        signal.onError(socket, new java.io.IOException("broken"));
        signal.onClose(socket, 1006, "");
        serial.run();

        assertThat(listener.closed).hasSize(1);
    }

    @Test
    void shouldBeSilentAfterAbort() {
        signal.onOpen(socket);
        signal.onBinary(socket, ByteBuffer.wrap(leave().toByteArray()), true);

        signal.abort();
        signal.onClose(socket, 1006, "");
        serial.run();

        assertThat(listener.order).isEmpty();
        assertThat(socket.aborted).isTrue();
    }

    @Test
    void shouldAbortASocketThatOpensAfterAbort() {
        signal.abort();

        signal.onOpen(socket);

        assertThat(socket.aborted).isTrue();
    }

    @Test
    void shouldSendOneAfterTheOtherAndCloseAfterTheLast() {
        signal.send(request(1));
        signal.send(request(2));
        signal.onOpen(socket);
        signal.close();

        assertThat(socket.sent).containsExactly(request(1));
        assertThat(socket.closeSent).isFalse();
        socket.completeSend();
        assertThat(socket.sent).containsExactly(request(1), request(2));
        socket.completeSend();
        assertThat(socket.closeSent).isTrue();
    }

    @Test
    void shouldGiveUpAServerThatTakesNothing() {
        signal.onOpen(socket);

        for (int i = 0; i <= WebSocketSignal.MAX_UNSENT; i++) {
            signal.send(request(i));
        }

        assertThat(listener.closed).singleElement().matches(RoomException::retryHelps);
    }

    private static SignalResponse leave() {
        return SignalResponse.newBuilder()
                .setLeave(LeaveRequest.newBuilder().setCanReconnect(true))
                .build();
    }

    private static SignalRequest request(int number) {
        return SignalRequest.newBuilder().setPing(number).build();
    }

    private static final class RecordingListener implements SignalListener {
        final List<SignalResponse> messages = new ArrayList<>();
        final List<RoomException> closed = new ArrayList<>();
        final List<String> order = new ArrayList<>();

        @Override
        public void onMessage(SignalResponse message) {
            messages.add(message);
            order.add(message.getMessageCase().name());
        }

        @Override
        public void onClosed(RoomException why) {
            closed.add(why);
            order.add("closed");
        }
    }
}
