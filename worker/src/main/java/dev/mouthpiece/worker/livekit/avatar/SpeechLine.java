package dev.mouthpiece.worker.livekit.avatar;

import com.google.protobuf.ByteString;
import dev.mouthpiece.worker.livekit.serial.Serial;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a session in the order of their headers: hands their speech to the port, one after the other, and reports the
 * end of each exactly once, in that order.
 *
 * <p>Speech comes many times faster than it is played, so what waits is bounded by its duration; what comes beyond is dropped.
 */
final class SpeechLine {
    /** A full port is asked again after this time. */
    static final long RETRY_MS = 10;
    /** After an interruption the port tells how far it got; without an answer in this time the clock tells it. */
    static final long CLEAR_REPORT_MS = 100;

    /** What becomes of the segments. */
    interface Reports {
        void started(Segment segment);

        void finished(Segment segment, Segment.Outcome outcome);

        /** The first bytes of a segment were dropped, for too much waits. */
        void overflowed(Segment segment);
    }

    private final Serial serial;
    private final SpeechPort port;
    private final Reports reports;
    private final long maxWaitingUs;

    /** Not reported yet. */
    private final Deque<Segment> line = new ArrayDeque<>();

    private long opened;
    private long begun;
    private boolean openAtPort;
    private long playOutNs;
    private boolean retrying;
    private boolean closed;

    SpeechLine(Serial serial, SpeechPort port, Reports reports, long maxWaitingUs) {
        this.serial = serial;
        this.port = port;
        this.reports = reports;
        this.maxWaitingUs = maxWaitingUs;
        this.playOutNs = serial.nanoTime();
    }

    /** A segment begins; it is played after those before it. */
    Segment open(String sender, @Nullable SpeechFormat format, boolean reported) {
        final var segment = new Segment(++opened, sender, format, reported);
        line.add(segment);
        return segment;
    }

    /** Speech of a segment; nothing happens where it is over. */
    void append(Segment segment, ByteString content) {
        final SpeechFormat format = segment.format;
        if (segment.ended || format == null) {
            return;
        }
        final long durationUs = format.durationUs(content.size());
        if (waitingUs() + durationUs > maxWaitingUs) {
            if (segment.droppedBytes() == 0) {
                reports.overflowed(segment);
            }
            segment.drop(content);
            return;
        }
        segment.add(content);
        playOutNs = Math.max(playOutNs, serial.nanoTime()) + TimeUnit.MICROSECONDS.toNanos(durationUs);
        pump();
    }

    /** A segment is complete. */
    void end(Segment segment) {
        segment.ended = true;
        pump();
    }

    /**
     * Everything that has come is void.
     *
     * @return how many segments that were
     */
    int clear() {
        boolean atPort = false;
        int count = 0;
        for (final Segment segment : line) {
            if (segment.outcome() != null) {
                continue;
            }
            count++;
            atPort |= segment.port > 0;
            if (segment.isStarted()) {
                segment.stop();
                serial.schedule(CLEAR_REPORT_MS, () -> onUnreported(segment));
            } else {
                segment.finish(0, true);
            }
        }
        if (atPort) {
            port.clear();
            openAtPort = false;
        }
        playOutNs = serial.nanoTime();
        serial.execute(this::settle);
        return count;
    }

    /** Like {@link #clear}, for a sender that has left. */
    void cutOff() {
        line.forEach(Segment::owe);
        clear();
    }

    /** Like {@link #clear}, and nobody waits for reports. */
    void abandon() {
        line.forEach(Segment::doNotReport);
        clear();
    }

    /** Nobody waits any more for the reports of what was cut off. */
    void forgetOwed() {
        for (final Segment segment : line) {
            if (segment.isOwed()) {
                segment.doNotReport();
            }
        }
    }

    void onPlaybackStarted(long number) {
        finishBefore(number);
        final Segment segment = atPort(number);
        if (segment != null && segment.outcome() == null && !segment.isStarted()) {
            segment.onStarted(serial.nanoTime());
            reports.started(segment);
        }
        settle();
    }

    void onPlaybackFinished(long number, long positionUs, boolean interrupted) {
        finishBefore(number);
        final Segment segment = atPort(number);
        if (segment != null) {
            segment.finish(positionUs, interrupted);
        }
        settle();
    }

    /** When all speech that has come will have been played, if it plays without a pause. */
    long playOutNs() {
        return playOutNs;
    }

    /** Nothing is handed over or reported any more. */
    void close() {
        closed = true;
        line.clear();
    }

    private long waitingUs() {
        return Math.max(0, TimeUnit.NANOSECONDS.toMicros(playOutNs - serial.nanoTime()));
    }

    /** Hands over what there is room for. */
    private void pump() {
        for (final Segment segment : line) {
            if (!segment.handedOver && !handOver(segment)) {
                break;
            }
        }
        settle();
    }

    /** Returns whether the next segment may follow. */
    private boolean handOver(Segment segment) {
        final SpeechFormat format = segment.format;
        if ((segment.port == 0 && segment.pcm.isEmpty()) || format == null) {
            segment.handedOver = segment.ended;
            if (segment.ended) {
                segment.finish(0, false);
            }
            return segment.ended;
        }
        if (segment.port == 0) {
            if (!endAtPort() || !port.begin(format.sampleRateHz(), format.channels())) {
                return retryLater();
            }
            openAtPort = true;
            segment.port = ++begun;
        }
        if (!segment.pcm.drainTo(port)) {
            return retryLater();
        }
        if (!segment.ended) {
            return false;
        }
        segment.handedOver = endAtPort();
        return segment.handedOver || retryLater();
    }

    /** Returns false where there is no room now. */
    private boolean endAtPort() {
        openAtPort = openAtPort && !port.end();
        return !openAtPort;
    }

    private boolean retryLater() {
        if (!retrying) {
            retrying = true;
            serial.schedule(RETRY_MS, () -> {
                retrying = false;
                if (!closed) {
                    pump();
                }
            });
        }
        return false;
    }

    /** Reports what is over, in order. */
    private void settle() {
        while (!closed && !line.isEmpty()) {
            final Segment first = line.element();
            final Segment.Outcome outcome = first.outcome();
            if (outcome == null) {
                return;
            }
            line.remove();
            reports.finished(first, outcome);
        }
    }

    /** The port plays in order: what began before {@code number} is over, even where that was not heard. */
    private void finishBefore(long number) {
        for (final Segment segment : line) {
            if (segment.port > 0 && segment.port < number) {
                segment.finishUnheard(serial.nanoTime());
            }
        }
    }

    private void onUnreported(Segment segment) {
        segment.finishUnheard(serial.nanoTime());
        settle();
    }

    private @Nullable Segment atPort(long number) {
        for (final Segment segment : line) {
            if (segment.port == number) {
                return segment;
            }
        }
        return null;
    }
}
