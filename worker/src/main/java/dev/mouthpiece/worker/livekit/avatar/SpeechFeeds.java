package dev.mouthpiece.worker.livekit.avatar;

import com.google.protobuf.ByteString;
import dev.mouthpiece.worker.livekit.data.ByteStreams;
import dev.mouthpiece.worker.livekit.data.IncomingStream;
import dev.mouthpiece.worker.livekit.serial.Serial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sender's open streams, and where one segment ends and the next begins in them.
 *
 * <p>A segment ends with its stream. A stream that loses its end, or never has one, ends its segment by silence.
 */
final class SpeechFeeds {
    /** An open stream without bytes, whose speech is played out, has lost its end. As long as the agents' own receiver waits. */
    static final long STALLED_NS = TimeUnit.SECONDS.toNanos(10);
    /** Browsers keep one stream open and pause between utterances. */
    static final long BROWSER_STALLED_NS = TimeUnit.MILLISECONDS.toNanos(800);
    /** A stream's end may come after the header of the next one, but not by much. */
    static final long SUPERSEDED_NS = TimeUnit.MILLISECONDS.toNanos(300);
    /** After an interruption, a browser's next utterance is known by such a gap. */
    static final long BROWSER_GAP_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final Logger LOG = LoggerFactory.getLogger(SpeechFeeds.class);

    private final Serial serial;
    private final ByteStreams streams;
    private final SpeechLine line;
    private final @Nullable Duration responseDoneTimeout;
    private final Predicate<String> isBrowser;
    private final AvatarEvents events;
    private final Map<String, Feed> feeds = new LinkedHashMap<>();
    private Serial.@Nullable Timer watch;
    private boolean closed;

    /**
     * @param responseDoneTimeout ends segments by silence earlier or later than usual
     * @param isBrowser whether a participant is an ordinary one, no agent
     */
    SpeechFeeds(
            Serial serial,
            ByteStreams streams,
            SpeechLine line,
            @Nullable Duration responseDoneTimeout,
            Predicate<String> isBrowser,
            AvatarEvents events) {
        this.serial = serial;
        this.streams = streams;
        this.line = line;
        this.responseDoneTimeout = responseDoneTimeout;
        this.isBrowser = isBrowser;
        this.events = events;
    }

    void onStream(IncomingStream stream) {
        final long nowNs = serial.nanoTime();
        feeds.values().forEach(feed -> feed.supersede(nowNs));
        final SpeechFormat format = SpeechFormat.of(stream.attributes());
        if (format == null) {
            LOG.error(
                    "speech of {} cannot be played: its stream must say sample_rate 8000..48000 and num_channels 1..2,"
                            + " but says {}",
                    stream.sender(),
                    SpeechFormat.describe(stream.attributes()));
        }
        final var feed = new Feed(stream, format, nowNs);
        feeds.put(stream.id(), feed);
        begin(feed, true);
    }

    void onChunk(IncomingStream stream, ByteString content) {
        final Feed feed = feeds.get(stream.id());
        if (feed == null) {
            return;
        }
        final long nowNs = serial.nanoTime();
        final boolean afterGap = nowNs - feed.lastBytesNs >= BROWSER_GAP_NS;
        feed.lastBytesNs = nowNs;
        if (feed.segment == null && (!feed.interrupted || afterGap)) {
            // An agent expects one report per stream; a browser's stream is many segments.
            begin(feed, isBrowser(feed));
        }
        if (feed.segment != null) {
            line.append(feed.segment, content);
        }
    }

    void onStreamEnd(IncomingStream stream, String reason) {
        final Feed feed = feeds.remove(stream.id());
        if (feed == null) {
            return;
        }
        if (!reason.isEmpty()) {
            LOG.warn("a stream of {} ended early: {}", stream.sender(), reason);
        }
        if (feed.segment != null) {
            line.end(feed.segment);
        }
    }

    /** What open streams still send of this is not wanted; a browser's stream goes on with its next words. */
    void interrupt() {
        final long nowNs = serial.nanoTime();
        for (final Feed feed : new ArrayList<>(feeds.values())) {
            if (isBrowser(feed)) {
                feed.segment = null;
                feed.interrupted = true;
                feed.lastBytesNs = nowNs;
            } else {
                dismiss(feed);
            }
        }
    }

    /** All streams are over. */
    void dismissAll() {
        new ArrayList<>(feeds.values()).forEach(this::dismiss);
    }

    /** Ends the segments of streams that are silent for too long, and looks again when the next one may be. */
    void watch() {
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
        if (closed) {
            return;
        }
        long nextNs = Long.MAX_VALUE;
        for (final Feed feed : new ArrayList<>(feeds.values())) {
            if (feed.segment != null) {
                final long leftNs = untilSilentNs(feed);
                if (leftNs <= 0) {
                    onSilent(feed, feed.segment);
                } else {
                    nextNs = Math.min(nextNs, leftNs);
                }
            }
        }
        if (nextNs != Long.MAX_VALUE) {
            watch = serial.schedule(TimeUnit.NANOSECONDS.toMillis(nextNs) + 1, this::watch);
        }
    }

    void close() {
        closed = true;
        feeds.clear();
        watch();
    }

    private void begin(Feed feed, boolean reported) {
        feed.interrupted = false;
        final Segment segment = line.open(feed.stream.sender(), feed.format, reported);
        feed.segment = segment;
        watch();
        if (feed.format != null) {
            events.onSegment(segment.number, feed.format.sampleRateHz(), feed.format.channels());
        }
    }

    private void dismiss(Feed feed) {
        feeds.remove(feed.stream.id());
        streams.ignore(feed.stream, serial.nanoTime());
    }

    private long untilSilentNs(Feed feed) {
        final long silentNs = serial.nanoTime() - feed.lastBytesNs;
        if (feed.superseded) {
            return SUPERSEDED_NS - silentNs;
        }
        final long playOutNs = line.playOutNs() - serial.nanoTime();
        return Math.max(stalledNs(feed) - silentNs, playOutNs);
    }

    private long stalledNs(Feed feed) {
        if (responseDoneTimeout != null) {
            return responseDoneTimeout.toNanos();
        }
        return isBrowser(feed) ? BROWSER_STALLED_NS : STALLED_NS;
    }

    private void onSilent(Feed feed, Segment segment) {
        LOG.debug("a stream of {} is silent: its segment ends", feed.stream.sender());
        feed.segment = null;
        if (feed.superseded || (!isBrowser(feed) && responseDoneTimeout == null)) {
            dismiss(feed);
        }
        line.end(segment);
    }

    private boolean isBrowser(Feed feed) {
        return isBrowser.test(feed.stream.sender());
    }
}
