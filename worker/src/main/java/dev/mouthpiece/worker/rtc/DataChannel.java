package dev.mouthpiece.worker.rtc;

import dev.onvoid.webrtc.RTCDataChannel;
import dev.onvoid.webrtc.RTCDataChannelBuffer;
import dev.onvoid.webrtc.RTCDataChannelObserver;
import dev.onvoid.webrtc.RTCDataChannelState;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages to and from a peer. Used on the peer's serial executor, closed with the peer: webrtc-java crashes when a channel is closed
 * by itself.
 */
public final class DataChannel {
    /** webrtc-java closes a channel without a word when a message is longer than the other side takes; media servers take this much. */
    public static final int MAX_MESSAGE_BYTES = 64_000;
    /** The same happens when 16 MiB wait to be sent. */
    public static final long MAX_BUFFERED_BYTES = 1 << 20;
    /** Received but not delivered yet, because the serial executor is behind. */
    public static final long MAX_UNDELIVERED_BYTES = 32 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(DataChannel.class);

    /** Whether messages can be sent. */
    public enum State {
        CONNECTING,
        OPEN,
        CLOSING,
        CLOSED
    }

    /** Called on the peer's serial executor. */
    public interface Listener {
        /**
         * A message has come.
         *
         * @param message the receiver's to keep
         */
        void onMessage(byte[] message);

        default void onStateChange(State state) {}
    }

    // The serial executor's.
    private final RTCDataChannel channel;
    private final String label;
    private @Nullable Listener listener;
    private State state;
    private boolean closed;
    private long creditBytes;

    // webrtc-java's signaling thread's.
    private final Observer observer = new Observer();
    private final Serial serial;
    private final AtomicLong undeliveredBytes = new AtomicLong();
    private final AtomicLong droppedMessages = new AtomicLong();

    /** May be made on the signaling thread: the observer must stand before its callback returns. */
    DataChannel(RTCDataChannel channel, Serial serial) {
        this.channel = channel;
        this.serial = serial;
        this.label = channel.getLabel();
        this.state = state(channel.getState());
    }

    /** Begins to hear. */
    void observe() {
        observer.target = this;
        channel.registerObserver(observer);
        hearState();
    }

    public String label() {
        return label;
    }

    /** The stream id, -1 while the connection has not been made. */
    public int id() {
        return closed ? -1 : channel.getId();
    }

    public State state() {
        return state;
    }

    /** Who hears from now on. */
    public void listen(Listener newListener) {
        listener = newListener;
    }

    /**
     * Sends a message.
     *
     * @return false if nothing was sent: it is longer than {@link #MAX_MESSAGE_BYTES}, the channel is not open, or {@link
     *     #MAX_BUFFERED_BYTES} wait already
     */
    public boolean send(byte[] message) {
        if (closed || state != State.OPEN || message.length > MAX_MESSAGE_BYTES || !hasRoom(message.length)) {
            return false;
        }
        try {
            // The whole array is sent, whatever position and limit say.
            channel.send(new RTCDataChannelBuffer(ByteBuffer.wrap(message), true));
            return true;
        } catch (Exception | Error e) {
            LOG.debug("sending on {} failed", label, e);
            return false;
        }
    }

    /** Messages that came faster than they were taken and were dropped at {@link #MAX_UNDELIVERED_BYTES}. */
    public long droppedMessages() {
        return droppedMessages.get();
    }

    /** The library does not tell when there is room again, and asking costs a wait for its thread: so it is asked once per MiB. */
    private boolean hasRoom(int bytes) {
        if (creditBytes < bytes) {
            creditBytes = MAX_BUFFERED_BYTES - channel.getBufferedAmount();
        }
        if (creditBytes < bytes) {
            return false;
        }
        creditBytes -= bytes;
        return true;
    }

    private void onState(State newState) {
        if (closed || newState == state) {
            return;
        }
        state = newState;
        if (listener != null) {
            listener.onStateChange(newState);
        }
    }

    private void onMessage(byte[] message) {
        undeliveredBytes.addAndGet(-message.length);
        if (!closed && listener != null) {
            listener.onMessage(message);
        }
    }

    /** Before the peer connection is closed: nothing is heard any more. */
    void silence() {
        closed = true;
        state = State.CLOSED;
        observer.target = null;
        channel.unregisterObserver();
    }

    /** After it is closed. */
    void release() {
        NativeObjects.release(NativeObjects.handle(channel));
    }

    /** Signaling thread. */
    private void hearState() {
        final State now = state(channel.getState());
        serial.post(() -> onState(now));
    }

    /** Signaling thread. The buffer's memory is the library's, and gone after the call. */
    private void hearMessage(ByteBuffer data) {
        final int bytes = data.remaining();
        if (undeliveredBytes.addAndGet(bytes) > MAX_UNDELIVERED_BYTES) {
            undeliveredBytes.addAndGet(-bytes);
            if (droppedMessages.getAndIncrement() == 0) {
                serial.say(() -> LOG.warn(
                        "messages on {} come faster than they are taken: {} MiB wait, more are dropped",
                        label,
                        MAX_UNDELIVERED_BYTES >> 20));
            }
            return;
        }
        final byte[] message = new byte[bytes];
        data.get(message);
        serial.post(() -> onMessage(message));
    }

    private static State state(RTCDataChannelState state) {
        return switch (state) {
            case CONNECTING -> State.CONNECTING;
            case OPEN -> State.OPEN;
            case CLOSING -> State.CLOSING;
            case CLOSED -> State.CLOSED;
        };
    }

    /** The library never lets go of an observer: so this one lets go of everything else. */
    private static final class Observer implements RTCDataChannelObserver {
        private volatile @Nullable DataChannel target;

        @Override
        public void onBufferedAmountChange(long previousAmount) {
            // Never called by 0.14.0: DataChannel asks.
        }

        @Override
        public void onStateChange() {
            final DataChannel channel = target;
            if (channel != null) {
                guard(channel, channel::hearState);
            }
        }

        @Override
        public void onMessage(RTCDataChannelBuffer buffer) {
            final DataChannel channel = target;
            if (channel != null) {
                guard(channel, () -> channel.hearMessage(buffer.data));
            }
        }

        /** An exception that reaches the library ends the process. */
        private static void guard(DataChannel channel, Runnable action) {
            try {
                action.run();
            } catch (Throwable t) {
                channel.serial.lost(t);
            }
        }
    }
}
