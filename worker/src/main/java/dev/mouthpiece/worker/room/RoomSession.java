package dev.mouthpiece.worker.room;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEvents;
import dev.mouthpiece.worker.live.LiveOutput;
import dev.mouthpiece.worker.live.LiveSession;
import dev.mouthpiece.worker.livekit.Departure;
import dev.mouthpiece.worker.livekit.Participant;
import dev.mouthpiece.worker.livekit.ParticipantEvents;
import dev.mouthpiece.worker.livekit.ParticipantSettings;
import dev.mouthpiece.worker.livekit.RemoteParticipant;
import dev.mouthpiece.worker.livekit.avatar.AvatarEvents;
import dev.mouthpiece.worker.livekit.avatar.AvatarProtocol;
import dev.mouthpiece.worker.livekit.avatar.AvatarSettings;
import dev.mouthpiece.worker.livekit.link.RtcPeers;
import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.livekit.serial.SerialExecutor;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.rtc.Listener;
import dev.mouthpiece.worker.rtc.MediaLimits;
import dev.mouthpiece.worker.rtc.Peer;
import dev.mouthpiece.worker.rtc.PeerStats;
import dev.mouthpiece.worker.rtc.Publisher;
import dev.mouthpiece.worker.rtc.PublisherConfig;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One face in one room, from {@link RoomHost#join} to {@link RoomEvents#onOver}.
 *
 * <p>Picture and silence flow into the publisher from the start, so that the first packets leave as soon as the connection stands,
 * and go on while it is made again. Public methods may be called by any thread and return at once; the rest is the session's turn.
 */
public final class RoomSession {
    private static final Logger LOG = LoggerFactory.getLogger(RoomSession.class);

    /** A report of WebRTC is hundreds of objects: one a second of each session would be much of what the process allocates. */
    private static final int STATS_SECONDS = 5;

    private static final int FPS = 25;
    /** 1 Mbit/s for 368×560: a talking head at a quantiser of about 17. */
    private static final double BITS_PER_PIXEL_S = 1_000_000.0 / (368 * 560);

    private static final int MIN_VIDEO_BPS = 300_000;
    private static final int MAX_VIDEO_BPS = 3_000_000;
    private static final int START_VIDEO_BPS = 900_000;
    private static final long SECOND_MS = 1_000;
    private static final long NS_PER_MS = 1_000_000;

    /** Messages and the word that we leave go different ways: what is told last must not come from nobody. */
    private static final long PARTING_MS = 300;

    private static final long ALONE_MS = 10_000;

    /**
     * Through a microphone sound leaves ahead of its picture by so many ticks of 10 ms: who speaks waits for it, and what was pushed together
     * is dated by senders so that the picture is 14 ms early.
     */
    private static final int HEARD_SOUND_AHEAD_TICKS = 1;

    /**
     * So long before the ticks of the session its microphone is heard. 5 ms later a picture is under way, so that its sound can start at that
     * tick; and it has these and the tick that sound goes ahead to be done in. With less, a busy machine would leave many out as too late.
     */
    private static final long HEARD_BEFORE_TICK_NS = 9_000_000;

    private final String id;
    private final RoomEvents events;
    private final SerialExecutor serial;
    private final Publisher publisher;
    private final @Nullable Listener listener;
    private final RtcPeers peers;
    private final Participant participant;
    private final LiveSession live;
    private final @Nullable AvatarProtocol protocol;
    private final @Nullable MicrophoneSpeech microphone;

    // The session's turn.
    private int playing;
    private boolean speakerFound;
    private boolean hasPublished;
    private long lastPublishedNs;
    private @Nullable SineSpeech sine;
    /** Segments of the tone come first and are not the speaker's. */
    private long sineSegments;

    private @Nullable Throwable failure;
    private String lastWords = "";
    private long seconds;
    private Serial.@Nullable Timer everySecond;
    private Serial.@Nullable Timer sineTimer;
    private boolean isOver;

    static RoomSession start(
            RoomHost host, String id, RoomOrder order, AvatarLibrary.Loan avatar, long seed, RoomEvents events) {
        final StillFrame still = avatar.avatar().still();
        final SerialExecutor serial = host.liveKit().newSerial(id);
        final String unique = UUID.randomUUID().toString();
        final var names = new PublisherConfig("avatar", "audio-" + unique, "video-" + unique);
        final Publisher publisher;
        try {
            publisher = host.rtc().newPublisher(names);
        } catch (final RuntimeException e) {
            avatar.close();
            throw e;
        }
        final var playback = new Playback();
        LiveSession live = null;
        final RoomSession session;
        try {
            final int soundAhead = hears(order) ? HEARD_SOUND_AHEAD_TICKS : 0;
            live = host.engine().open(id, avatar, seed, soundAhead, new Output(publisher), playback, serial);
            session = new RoomSession(host, id, order, still, serial, names, publisher, live, events);
        } catch (final RuntimeException e) {
            if (live != null) {
                live.close();
            }
            publisher.close();
            throw e;
        }
        serial.execute(() -> playback.attach(session));
        session.begin(order.sineIfAlone());
        return session;
    }

    private RoomSession(
            RoomHost host,
            String id,
            RoomOrder order,
            StillFrame still,
            SerialExecutor serial,
            PublisherConfig names,
            Publisher publisher,
            LiveSession live,
            RoomEvents events) {
        this.id = id;
        this.events = events;
        this.serial = serial;
        this.publisher = publisher;
        this.live = live;
        final boolean hears = hears(order);
        listener = hears ? host.rtc().newListener(live.frameTimesFromNs() - HEARD_BEFORE_TICK_NS) : null;
        final MediaLimits usual = limits(order, still);
        // Who speaks through the face hears itself late: no sound is to wait for the second half of its packet.
        final MediaLimits limits = hears ? usual.withShortPackets() : usual;
        peers = new RtcPeers(serial, publisher, listener, limits, host.network());
        participant = new Participant(
                host.liveKit(),
                serial,
                peers,
                ParticipantSettings.of(
                                order.url(),
                                order.token(),
                                names,
                                new ParticipantSettings.Video(still.width(), still.height()),
                                limits)
                        .withNetwork(host.network()),
                new Stay());
        if (hears) {
            protocol = null;
            microphone = new MicrophoneSpeech(live.speech(), events);
            participant.hear(order.speaker(), microphone);
            participant.data().rpc().handle(AvatarProtocol.CLEAR_BUFFER, (caller, payload) -> onInterrupt());
        } else {
            microphone = null;
            protocol = participant.speakThrough(
                    new SpeechGate(live.speech()),
                    AvatarSettings.DEFAULT
                            .withSenderIdentity(order.speaker())
                            .withResponseDoneTimeout(order.responseDone()),
                    new Agent());
        }
    }

    private static boolean hears(RoomOrder order) {
        return order.source() == RoomOrder.AudioSource.TRACK;
    }

    private static MediaLimits limits(RoomOrder order, StillFrame still) {
        final int pixels = still.width() * still.height();
        final int suits = Math.clamp((long) (pixels * BITS_PER_PIXEL_S), MIN_VIDEO_BPS, MAX_VIDEO_BPS);
        final int most = order.maxVideoBps() == 0 ? suits : order.maxVideoBps();
        return new MediaLimits(most, MediaLimits.VOICE_BPS, Math.min(START_VIDEO_BPS, most * 9 / 10), FPS);
    }

    private void begin(boolean sineIfAlone) {
        participant.join();
        serial.execute(() -> {
            everySecond = serial.schedule(SECOND_MS, this::everySecond);
            if (sineIfAlone) {
                sineTimer = serial.schedule(ALONE_MS, this::speakAlone);
            }
        });
    }

    /** Leaves the room. {@link RoomEvents#onOver} tells when that is done; again does nothing. */
    public void leave() {
        serial.execute(() -> {
            final long sinceMs = (serial.nanoTime() - lastPublishedNs) / NS_PER_MS;
            if (hasPublished && sinceMs < PARTING_MS) {
                serial.schedule(PARTING_MS - sinceMs, participant::leave);
            } else {
                participant.leave();
            }
        });
    }

    /** Stops what is played and drops what waits. Who sent it gets its reports. */
    public void interrupt() {
        serial.execute(() -> {
            if (protocol != null) {
                protocol.interrupt();
            } else {
                onInterrupt();
            }
        });
    }

    /** Sends a message to all in the room, reliably and in order; nothing happens while there is no connection. */
    public void publish(String topic, byte[] payload) {
        serial.execute(() -> {
            if (participant.data().publish(topic, payload, true, List.of())) {
                hasPublished = true;
                lastPublishedNs = serial.nanoTime();
            } else {
                LOG.debug("session {}: a message on {} could not be sent", id, topic);
            }
        });
    }

    /**
     * Shows another face in the running picture and sound; the size stays. Blocks as {@link LiveSession#show} does.
     *
     * @param face closed when another is shown, with the session, or where this fails
     * @return true once the face has been sent; false if the session is over before
     * @throws dev.mouthpiece.worker.BadInputException if the face is made for another model or size
     */
    public CompletableFuture<Boolean> show(AvatarLibrary.Loan face) {
        return live.show(face);
    }

    /** How the face feels from now on. */
    public void feel(Moods moods) {
        live.feel(moods);
    }

    /** Pictures sent so far. */
    public long frames() {
        return live.counters().get(MediaCounter.FRAMES_SHOWN) + live.counters().get(MediaCounter.FRAMES_REPEATED);
    }

    private String onInterrupt() {
        if (microphone != null) {
            microphone.interrupt();
        }
        return "ok";
    }

    private void everySecond() {
        if (isOver) {
            return;
        }
        everySecond = serial.schedule(SECOND_MS, this::everySecond);
        final boolean heard = microphone != null && microphone.takeHeard();
        if (playing > 0 || heard) {
            events.onActive();
        }
        final Peer peer = seconds++ % STATS_SECONDS == 0 ? peers.publishing() : null;
        if (peer != null) {
            final var unused = peer.stats().thenAccept(this::onStats);
        }
    }

    private void onStats(PeerStats stats) {
        final PeerStats.SentVideo video = stats.video();
        if (video != null) {
            live.meters().encoder(video.framesEncoded(), (long) (video.encodeMs() * 1e6));
        }
    }

    /** Ten seconds and nobody has joined: a tone speaks until somebody does. */
    private void speakAlone() {
        if (isOver || speakerFound || !participant.others().isEmpty()) {
            return;
        }
        if (sine == null) {
            LOG.info("session {}: nobody is in the room, a tone speaks", id);
            sine = new SineSpeech(live.speech());
            sineSegments = 1;
        }
        sine.step();
        sineTimer = serial.schedule(SineSpeech.STEP_MS, this::speakAlone);
    }

    private void onStarted(long segment) {
        if (segment > sineSegments) {
            playing++;
            if (protocol != null) {
                protocol.onPlaybackStarted(segment - sineSegments);
            }
            events.onSpeaking(segment - sineSegments);
        }
    }

    private void onFinished(long segment, long positionUs, boolean interrupted) {
        if (segment > sineSegments) {
            playing--;
            if (protocol != null) {
                protocol.onPlaybackFinished(segment - sineSegments, positionUs, interrupted);
            }
            events.onSpoken(segment - sineSegments, positionUs, interrupted);
        }
    }

    private void onMeasured(long segment, long firstPushNs, int waitedMs) {
        if (segment > sineSegments) {
            events.onMeasured(segment - sineSegments, (double) firstPushNs / NS_PER_MS, waitedMs);
        }
    }

    private void onFailed(Throwable cause) {
        LOG.error("session {}: the media path failed", id, cause);
        failure = cause;
        events.onFailing(failed(cause));
        leave();
    }

    private void onSpeaker(String identity) {
        speakerFound = true;
        if (sine != null) {
            live.speech().clear();
            sine = null;
        }
        events.onSpeakerFound(identity);
    }

    private void onLeft(Departure departure) {
        isOver = true;
        cancel(everySecond);
        cancel(sineTimer);
        live.close();
        final var unused = live.closed().whenCompleteAsync((done, error) -> release(departure), serial);
    }

    private void release(Departure departure) {
        publisher.close();
        if (listener != null) {
            listener.close();
        }
        final Throwable cause = failure;
        final boolean failed = cause != null
                || switch (departure.cause()) {
                    case REFUSED, UNREACHABLE, SERVER -> true;
                    case OWN_LEAVE, REMOVED, ROOM_ENDED, DUPLICATE_IDENTITY -> false;
                };
        final String message;
        if (cause != null) {
            message = failed(cause);
        } else {
            message = lastWords.isEmpty() ? departure.message() : lastWords;
        }
        events.onOver(new RoomEvents.Ending(departure.cause(), message, failed));
        serial.close();
    }

    private static String failed(Throwable cause) {
        return "the face could not go on: " + cause.getMessage();
    }

    private static void cancel(Serial.@Nullable Timer timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    /** From the pacer to the tracks, whatever the connection is doing. */
    private record Output(Publisher publisher) implements LiveOutput {
        @Override
        public void pushVideo(I420Frame picture, boolean repeated) {
            publisher.pushVideo(picture);
        }

        @Override
        public void pushAudio(byte[] pcm) {
            publisher.pushAudio(pcm);
        }
    }

    /** What became of segments. The session's turn, from the first call on. */
    private static final class Playback implements LiveEvents {
        private @Nullable RoomSession session;
        private @Nullable Throwable early;

        void attach(RoomSession owner) {
            session = owner;
            if (early != null) {
                owner.onFailed(early);
            }
        }

        @Override
        public void onPlaybackStarted(long segment) {
            // Nothing is played before speech has begun, which needs the session.
            Objects.requireNonNull(session).onStarted(segment);
        }

        @Override
        public void onPlaybackFinished(long segment, long positionUs, boolean interrupted) {
            Objects.requireNonNull(session).onFinished(segment, positionUs, interrupted);
        }

        @Override
        public void onMeasured(long segment, long firstPushNs, int waitedMs) {
            Objects.requireNonNull(session).onMeasured(segment, firstPushNs, waitedMs);
        }

        @Override
        public void onFailed(Throwable cause) {
            if (session == null) {
                early = cause;
            } else {
                session.onFailed(cause);
            }
        }
    }

    /** What the agent does. */
    private final class Agent implements AvatarEvents {
        @Override
        public void onSenderFound(String identity) {
            onSpeaker(identity);
        }

        @Override
        public void onSenderGone(String identity) {
            events.onSpeakerGone(identity);
        }

        @Override
        public void onSenderLost(String identity) {
            lastWords = identity + " left and did not come back";
            leave();
        }

        @Override
        public void onSegment(long number, int sampleRateHz, int channels) {
            events.onActive();
        }
    }

    /** What happens to the connection. */
    private final class Stay implements ParticipantEvents {
        @Override
        public void onJoined(String identity, String room, String sid) {
            events.onJoined(identity, room);
        }

        @Override
        public void onConnected() {
            events.onAir();
        }

        @Override
        public void onReconnecting(String why) {
            events.onReconnecting(why);
        }

        @Override
        public void onReconnected(boolean resumed) {
            live.meters().onReconnected();
            events.onReconnected(resumed);
        }

        @Override
        public void onParticipantGone(RemoteParticipant gone) {
            LOG.debug("session {}: {} has left", id, gone.identity());
        }

        @Override
        public void onMuted(boolean audio, boolean muted) {
            events.onMuted(audio, muted);
        }

        @Override
        public void onLeft(Departure departure) {
            RoomSession.this.onLeft(departure);
        }
    }
}
