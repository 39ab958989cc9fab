package dev.mouthpiece.worker.whep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket that speech comes by and events go by. Frames are handled one after another by its own virtual thread,
 * which waits where the session has no room: so a sender that is too fast is slowed down by TCP, and nobody else.
 */
final class SpeechConnection {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Waiting for the session to begin. */
    private static final long START_WAIT_MS = 8_000;

    /** The session's store holds minutes: one that stays full for so long is being abused. */
    private static final long FULL_NS = 15_000_000_000L;

    private static final long RETRY_NS = 5_000_000L;

    /** Frames a second, sustained; a speaker in real time sends 50 to 100. */
    private static final int MAX_FRAMES_PER_SECOND = 1_000;

    private final Socket socket;
    private final PcmFormat format;
    private final WhepRooms.Place place;

    // Its own thread's.
    private final byte[] rest;
    private int restBytes;
    private SpeechDesk.@Nullable Speaker speaker;
    private @Nullable WhepRoom room;
    private boolean isRefusing;
    private long windowNs;
    private int framesInWindow;

    /** The connection itself. */
    interface Socket {
        /** Sends without waiting; false if the other side does not read and has been dropped. Any thread. */
        boolean send(String text);

        void close(int code, String reason);
    }

    SpeechConnection(Socket socket, PcmFormat format, WhepRooms.Place place) {
        this.socket = socket;
        this.format = format;
        this.place = place;
        this.rest = new byte[format.frameBytes()];
    }

    /** Lets it hear the session's events, from the beginning if that is still to come. */
    void enter() {
        final CompletableFuture<WhepRoom> unused = place.room().whenComplete((opened, failure) -> {
            if (failure == null) {
                opened.listeners().enter(this);
            } else {
                close(1001, "the session is over");
            }
        });
    }

    /** Any thread. */
    boolean send(String event) {
        return socket.send(event);
    }

    /** Any thread. */
    void close(int code, String reason) {
        socket.close(code, reason);
    }

    /** Whether it is this one who speaks as {@code who}. */
    boolean is(SpeechDesk.Speaker who) {
        return speaker == who;
    }

    void onSpeech(ByteBuffer message) {
        throttle();
        final WhepRoom open = open();
        if (open == null || speaker == null) {
            return;
        }
        final ByteBuffer pcm = whole(message);
        final long deadlineNs = System.nanoTime() + FULL_NS;
        while (pcm.hasRemaining()) {
            final long nowNs = System.nanoTime();
            switch (open.desk().speak(speaker, pcm, nowNs)) {
                case TAKEN -> isRefusing = false;
                case FULL -> {
                    if (nowNs - deadlineNs > 0) {
                        refuse("too_far_ahead", "more speech waits than the session can hold: send it more slowly");
                        return;
                    }
                    LockSupport.parkNanos(RETRY_NS);
                }
                case BUSY -> {
                    refuse("busy", "somebody else is speaking: wait for the end, or interrupt");
                    return;
                }
                case DROPPED -> {
                    return;
                }
            }
        }
    }

    void onText(String text) {
        throttle();
        final WhepRoom open = open();
        if (open == null || speaker == null) {
            return;
        }
        switch (type(text)) {
            case "flush" -> {
                restBytes = 0;
                isRefusing = false;
                open.desk().flush(speaker);
            }
            case "interrupt" -> {
                restBytes = 0;
                isRefusing = false;
                open.desk().interrupt(speaker, System.nanoTime());
            }
            default ->
                send(SpeechEvents.error("unknown_message", "send {\"type\":\"flush\"} or {\"type\":\"interrupt\"}"));
        }
    }

    /** The connection is closed. */
    void onClose() {
        final WhepRoom open = place.room().getNow(null);
        if (open != null) {
            if (speaker != null) {
                open.desk().leave(speaker);
            }
            open.listeners().exit(this);
        }
    }

    private @Nullable WhepRoom open() {
        if (room == null) {
            try {
                room = place.room().get(START_WAIT_MS, TimeUnit.MILLISECONDS);
                speaker = room.desk().join(format);
            } catch (TimeoutException e) {
                refuse("not_started", "the session has not started yet: try again");
            } catch (ExecutionException e) {
                close(1001, "the session is over");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return room;
    }

    /** Says why nothing is taken, once until something is taken again. */
    private void refuse(String code, String message) {
        if (!isRefusing) {
            isRefusing = true;
            send(SpeechEvents.error(code, message));
        }
    }

    /** The message's whole samples, with what was left of the one before in front. */
    private ByteBuffer whole(ByteBuffer message) {
        final int frameBytes = format.frameBytes();
        final int bytes = restBytes + message.remaining();
        if (restBytes == 0 && bytes % frameBytes == 0) {
            return message;
        }
        final ByteBuffer joined = ByteBuffer.allocate(bytes);
        joined.put(rest, 0, restBytes).put(message).flip();
        restBytes = bytes % frameBytes;
        joined.get(bytes - restBytes, rest, 0, restBytes);
        return joined.limit(bytes - restBytes);
    }

    private void throttle() {
        final long nowNs = System.nanoTime();
        if (nowNs - windowNs > 1_000_000_000L) {
            windowNs = nowNs;
            framesInWindow = 0;
        }
        if (++framesInWindow > MAX_FRAMES_PER_SECOND) {
            LockSupport.parkNanos(windowNs + 1_000_000_000L - nowNs);
        }
    }

    private static String type(String text) {
        try {
            final JsonNode message = JSON.readTree(text);
            return message == null ? "" : message.path("type").asText("");
        } catch (JsonProcessingException e) {
            return "";
        }
    }
}
