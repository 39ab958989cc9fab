package dev.mouthpiece.worker.rtc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Messages between a peer of ours and a bare webrtc-java one. */
@Tag("slow")
class DataChannelTest {
    private final Session session = new Session();
    private final Publisher publisher = Rtc.load().newPublisher(new PublisherConfig("avatar", "sound", "picture"));
    private final Viewer viewer = new Viewer();
    private final RecordedEvents events = new RecordedEvents();
    private final Peer peer = session.call(() -> publisher.newPeer(PeerConfig.DEFAULT, events, session.executor()));

    @AfterEach
    void close() {
        session.run(publisher::close);
        viewer.close();
        session.close();
    }

    @Test
    void shouldCarryMessagesBothWays() throws Exception {
        final DataChannel reliable = open("_reliable", true, -1);
        final DataChannel lossy = open("_lossy", false, 0);
        session.run(() -> lossy.listen(events.messages::add));
        connect(reliable);

        assertThat(session.call(() -> reliable.send(bytes("over")))).isTrue();
        Session.until("it arrives", () -> viewer.messages.size() == 1);
        assertThat(viewer.messages.remove()).isEqualTo(bytes("over"));

        viewer.send("_lossy", bytes("back"));
        Session.until("it arrives", () -> events.messages.size() == 1);
        assertThat(events.messages.getFirst()).isEqualTo(bytes("back"));
        assertThat(session.call(reliable::id)).isGreaterThanOrEqualTo(0);
        assertThat(session.call(lossy::id)).isNotEqualTo(session.call(reliable::id));
        assertThat(viewer.channel("_lossy").isOrdered()).isFalse();
        assertThat(viewer.channel("_lossy").getMaxRetransmits()).isZero();
        assertThat(viewer.channel("_reliable").isOrdered()).isTrue();
    }

    @Test
    void shouldTellOfAChannelThatTheOtherSideOpensBeforeItsFirstMessage() throws Exception {
        viewer.open("theirs");
        final String answer = Pairs.answerTo(
                session, peer, viewer.offer(false), new AnswerOptions(null, List.of(), CandidateWait.FIRST));
        viewer.accept(answer);
        Session.until("connected", () -> events.state() == PeerState.CONNECTED);
        Session.until("open", () -> viewer.channel("theirs").getState().name().equals("OPEN"));

        for (int i = 0; i < 100; i++) {
            viewer.send("theirs", number(i));
        }

        Session.until("all arrive", () -> events.messages.size() == 100);
        assertThat(events.channels)
                .singleElement()
                .extracting(DataChannel::label)
                .isEqualTo("theirs");
        for (int i = 0; i < 100; i++) {
            assertThat(ByteBuffer.wrap(events.messages.get(i)).getInt()).isEqualTo(i);
        }
    }

    @Test
    void shouldRefuseWhatWouldCloseTheChannel() {
        final DataChannel channel = open("_reliable", true, -1);
        assertThat(session.call(() -> channel.send(bytes("early"))))
                .as("before it is open")
                .isFalse();
        connect(channel);

        assertThat(session.call(() -> channel.send(new byte[DataChannel.MAX_MESSAGE_BYTES + 1])))
                .isFalse();
        assertThat(session.call(() -> channel.send(new byte[DataChannel.MAX_MESSAGE_BYTES])))
                .isTrue();
        Session.until("it arrives", () -> viewer.messages.size() == 1);
        assertThat(session.call(channel::state)).isEqualTo(DataChannel.State.OPEN);
    }

    @Test
    void shouldRefuseMessagesWhileTooManyWaitAndLoseNone() {
        final DataChannel channel = open("_reliable", true, -1);
        connect(channel);
        // Enough to close the channel twice over, were all of it queued.
        final int messages = 600;
        int sent = 0;
        int refused = 0;
        while (sent < messages) {
            final int next = sent;
            if (session.call(() -> channel.send(padded(next)))) {
                sent++;
            } else {
                refused++;
                LockSupport.parkNanos(1_000_000);
            }
        }

        Session.until("all arrive", () -> viewer.messages.size() == messages);
        assertThat(refused).as("refusals").isPositive();
        int expected = 0;
        for (final byte[] message : viewer.messages) {
            assertThat(ByteBuffer.wrap(message).getInt()).isEqualTo(expected++);
        }
        assertThat(session.call(channel::state)).isEqualTo(DataChannel.State.OPEN);
    }

    @Test
    void shouldDropMessagesThatASessionDoesNotTake() throws Exception {
        final DataChannel channel = open("_reliable", true, -1);
        session.run(() -> channel.listen(events.messages::add));
        connect(channel);
        final CountDownLatch busy = new CountDownLatch(1);
        session.executor().execute(() -> {
            try {
                busy.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        final int fitting = (int) (DataChannel.MAX_UNDELIVERED_BYTES / DataChannel.MAX_MESSAGE_BYTES);
        for (int i = 0; i < fitting + 10; i++) {
            while (viewer.channel("_reliable").getBufferedAmount() > DataChannel.MAX_BUFFERED_BYTES) {
                LockSupport.parkNanos(1_000_000);
            }
            viewer.send("_reliable", padded(i));
        }
        Session.until("the rest is dropped", () -> channel.droppedMessages() == 10);
        busy.countDown();

        Session.until("the others arrive", () -> events.messages.size() == fitting);
        viewer.send("_reliable", bytes("again"));
        Session.until("later ones too", () -> events.messages.size() == fitting + 1);
    }

    @Test
    void shouldHearNothingAndSendNothingAfterTheClose() {
        final DataChannel channel = open("_reliable", true, -1);
        connect(channel);

        session.run(peer::close);

        assertThat(session.call(() -> channel.send(bytes("late")))).isFalse();
        assertThat(session.call(channel::state)).isEqualTo(DataChannel.State.CLOSED);
        assertThat(session.call(channel::id)).isEqualTo(-1);
    }

    private DataChannel open(String label, boolean ordered, int maxRetransmits) {
        return session.call(() -> peer.openDataChannel(label, ordered, maxRetransmits));
    }

    private void connect(DataChannel channel) {
        Pairs.exchange(session, peer, events, viewer, false);
        Session.until("open", () -> session.call(channel::state) == DataChannel.State.OPEN);
        Session.until("open there", () -> viewer.channels.containsKey(channel.label()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] number(int number) {
        return ByteBuffer.allocate(4).putInt(number).array();
    }

    private static byte[] padded(int number) {
        return ByteBuffer.allocate(DataChannel.MAX_MESSAGE_BYTES).putInt(number).array();
    }
}
