package dev.mouthpiece.worker.livekit.avatar;

import com.google.protobuf.ByteString;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One segment of speech, from its header to the report of what was played. The session's turn. */
final class Segment {
    /** How a segment ended. */
    record Outcome(long positionUs, boolean interrupted) {}

    final long number;
    final String sender;
    /** Null for a stream whose attributes cannot be used: its bytes are dropped, its end is reported all the same. */
    final @Nullable SpeechFormat format;
    /** Whether the sender is told. */
    private boolean reported;
    /** The sender left before it was over. */
    private boolean owed;

    final PcmQueue pcm;
    private long receivedBytes;
    private long droppedBytes;
    /** Nothing more comes. */
    boolean ended;
    /** The port has all of it, or needs none of it. */
    boolean handedOver;
    /** Its number at the port; 0 while it has not begun there. */
    long port;
    /** It plays and was told to stop. */
    private boolean stopping;

    private boolean started;
    private long startedNs;
    private @Nullable Outcome outcome;

    Segment(long number, String sender, @Nullable SpeechFormat format, boolean reported) {
        this.number = number;
        this.sender = sender;
        this.format = format;
        this.reported = reported;
        this.pcm = new PcmQueue(format == null ? 1 : format.frameBytes());
    }

    boolean isReported() {
        return reported;
    }

    /** Its report waits until the sender is back. */
    void owe() {
        owed = true;
    }

    boolean isOwed() {
        return owed;
    }

    /** Nobody waits for a report of this. */
    void doNotReport() {
        reported = false;
    }

    void add(ByteString content) {
        receivedBytes += content.size();
        pcm.add(content);
    }

    void drop(ByteString content) {
        droppedBytes += content.size();
    }

    long droppedBytes() {
        return droppedBytes;
    }

    long receivedUs() {
        return format == null ? 0 : format.durationUs(receivedBytes);
    }

    void onStarted(long nowNs) {
        started = true;
        startedNs = nowNs;
    }

    /** It plays and is told to stop: what it has not played is void. */
    void stop() {
        stopping = true;
        ended = true;
        handedOver = true;
        pcm.clear();
    }

    boolean isStarted() {
        return started;
    }

    /** How much must have been played by now, by the clock. */
    private long estimatedPositionUs(long nowNs) {
        return started ? Math.min(receivedUs(), TimeUnit.NANOSECONDS.toMicros(nowNs - startedNs)) : 0;
    }

    /** It is over, and nobody told how: the clock does. */
    void finishUnheard(long nowNs) {
        finish(estimatedPositionUs(nowNs), stopping || !ended);
    }

    /** It is over. Only the first outcome counts. */
    void finish(long positionUs, boolean interrupted) {
        if (outcome == null) {
            outcome = new Outcome(Math.clamp(positionUs, 0, receivedUs()), interrupted);
            ended = true;
            handedOver = true;
            pcm.clear();
        }
    }

    @Nullable
    Outcome outcome() {
        return outcome;
    }
}
