package dev.mouthpiece.worker.livekit.avatar;

import com.google.protobuf.ByteString;
import dev.mouthpiece.worker.livekit.data.ByteStreams;
import dev.mouthpiece.worker.livekit.data.DataPlane;
import dev.mouthpiece.worker.livekit.data.IncomingStream;
import dev.mouthpiece.worker.livekit.data.StreamListener;
import dev.mouthpiece.worker.livekit.serial.Serial;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to an agent: its streams become segments, segments go to the port, what was played is reported, an interruption stops
 * everything that has come.
 *
 * <p>The sender is known by its identity. Its session id tells a sender that goes on after a reconnect, which continues its
 * streams, from one that begins anew.
 *
 * <p>Made before the session joins, so that nothing is missed. Runs in the session's turn, but for {@link PlaybackListener}.
 */
public final class AvatarProtocol implements PlaybackListener, StreamListener {
    /** The topic of an agent's speech. */
    public static final String TOPIC = "lk.audio_stream";
    /** The method by which an agent interrupts. */
    public static final String CLEAR_BUFFER = "lk.clear_buffer";

    private static final Logger LOG = LoggerFactory.getLogger(AvatarProtocol.class);
    private static final String OK = "ok";
    private static final String REJECT = "reject";

    private final Serial serial;
    private final AvatarSettings settings;
    private final AvatarEvents events;
    private final ByteStreams streams;
    private final SenderChoice choice;
    private final PlaybackNotifier notifier;
    private final SpeechLine line;
    private final SpeechFeeds feeds;

    /** The sender that is or was there last. */
    private @Nullable String sender;

    private String senderSid = "";
    private boolean senderThere;
    private Serial.@Nullable Timer grace;
    private boolean closed;

    /**
     * Begins to listen on {@code data}.
     *
     * @param isOrdinary whether a participant is known to be of the standard kind, as people in browsers are
     */
    public AvatarProtocol(
            Serial serial,
            DataPlane data,
            SpeechPort port,
            AvatarSettings settings,
            Predicate<String> isOrdinary,
            AvatarEvents events) {
        this.serial = serial;
        this.settings = settings;
        this.events = events;
        streams = data.streams();
        choice = new SenderChoice(settings.senderIdentity());
        notifier = new PlaybackNotifier(serial, data.rpc()::call);
        line = new SpeechLine(
                serial,
                port,
                new Reports(),
                TimeUnit.MILLISECONDS.toMicros(settings.maxWaitingSpeech().toMillis()));
        feeds = new SpeechFeeds(
                serial,
                streams,
                line,
                settings.responseDoneTimeout(),
                identity -> !choice.isNamedByToken() && isOrdinary.test(identity),
                events);
        streams.listen(TOPIC, this);
        data.rpc().handle(CLEAR_BUFFER, (caller, payload) -> onClearBuffer(caller));
    }

    /** The sender of speech, or null where it is not known yet. */
    public @Nullable String sender() {
        return choice.identity();
    }

    /** Our own attributes, from the token at first and then as the server has them. */
    public void onOwnAttributes(Map<String, String> attributes) {
        choice.onOwnAttributes(attributes);
    }

    /** A participant is in the room, or something about it has changed. */
    public void onParticipant(String identity, String sid) {
        if (closed || !identity.equals(choice.identity())) {
            return;
        }
        if (isAnotherSession(sid)) {
            cutOff();
        }
        onSenderThere(identity, sid);
        feeds.watch();
    }

    /** A participant has left the room. */
    public void onParticipantGone(String identity, String sid) {
        if (closed || !senderThere || !identity.equals(sender) || isAnotherSession(sid)) {
            return;
        }
        senderThere = false;
        choice.onGone();
        cutOff();
        grace = serial.schedule(settings.senderGrace().toMillis(), () -> onGraceOver(identity));
        events.onSenderGone(identity);
    }

    /** Stops what is played and drops what waits, for a reason of our own. The sender gets its reports. */
    public void interrupt() {
        feeds.interrupt();
        line.clear();
    }

    /** Nothing is played or reported any more. */
    public void close() {
        closed = true;
        feeds.close();
        line.close();
        notifier.close();
        cancelGrace();
    }

    @Override
    public void onPlaybackStarted(long segment) {
        serial.execute(() -> line.onPlaybackStarted(segment));
    }

    @Override
    public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {
        serial.execute(() -> line.onPlaybackFinished(segment, positionUs, interrupted));
    }

    @Override
    public void onStream(IncomingStream stream) {
        if (closed || !choice.accepts(stream.sender())) {
            LOG.debug("speech of {} is ignored, the sender is {}", stream.sender(), choice.identity());
            streams.ignore(stream, serial.nanoTime());
            return;
        }
        if (!stream.sender().equals(sender) || !senderThere || isAnotherSession(stream.senderSid())) {
            feeds.dismissAll();
            line.abandon();
        }
        // Where reports are owed another process speaks: the old one would have waited for them first.
        line.forgetOwed();
        notifier.forgetOwed();
        onSenderThere(stream.sender(), stream.senderSid());
        feeds.onStream(stream);
    }

    @Override
    public void onChunk(IncomingStream stream, String sid, ByteString content) {
        // The same process with a new session goes on with its stream.
        if (!sid.isEmpty()) {
            senderSid = sid;
        }
        feeds.onChunk(stream, content);
    }

    @Override
    public void onStreamEnd(IncomingStream stream, String reason) {
        feeds.onStreamEnd(stream, reason);
    }

    private String onClearBuffer(String caller) {
        if (closed || !choice.accepts(caller)) {
            return REJECT;
        }
        onSenderThere(caller, "");
        feeds.interrupt();
        final int count = line.clear();
        if (count > 0) {
            events.onInterrupted(count);
        }
        return OK;
    }

    private boolean isAnotherSession(String sid) {
        return !sid.isEmpty() && !senderSid.isEmpty() && !sid.equals(senderSid);
    }

    /** The sender's speech ends here; its reports wait until it is back. */
    private void cutOff() {
        notifier.onGone();
        feeds.dismissAll();
        line.cutOff();
    }

    private void onSenderThere(String identity, String sid) {
        cancelGrace();
        notifier.onThere();
        if (!sid.isEmpty()) {
            senderSid = sid;
        }
        if (!senderThere || !identity.equals(sender)) {
            senderThere = true;
            sender = identity;
            events.onSenderFound(identity);
        }
    }

    private void onGraceOver(String identity) {
        notifier.forgetOwed();
        events.onSenderLost(identity);
    }

    private void cancelGrace() {
        if (grace != null) {
            grace.cancel();
            grace = null;
        }
    }

    private final class Reports implements SpeechLine.Reports {
        @Override
        public void started(Segment segment) {
            if (segment.isReported()) {
                notifier.started(segment.sender);
            }
        }

        @Override
        public void finished(Segment segment, Segment.Outcome outcome) {
            if (segment.isReported()) {
                notifier.finished(segment.sender, outcome, segment.isOwed());
            }
            events.onSegmentFinished(segment.number, outcome.positionUs(), segment.receivedUs(), outcome.interrupted());
        }

        @Override
        public void overflowed(Segment segment) {
            LOG.warn(
                    "more than {} s of speech of {} waits to be played: the newest is dropped",
                    settings.maxWaitingSpeech().toSeconds(),
                    segment.sender);
        }
    }
}
