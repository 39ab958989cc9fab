package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.worker.livekit.avatar.AvatarEvents;
import dev.mouthpiece.worker.livekit.avatar.AvatarProtocol;
import dev.mouthpiece.worker.livekit.avatar.AvatarSettings;
import dev.mouthpiece.worker.livekit.avatar.TestPlayer;
import dev.mouthpiece.worker.livekit.link.RtcPeers;
import dev.mouthpiece.worker.livekit.serial.SerialExecutor;
import dev.mouthpiece.worker.rtc.Listener;
import dev.mouthpiece.worker.rtc.MediaLimits;
import dev.mouthpiece.worker.rtc.PeerStats;
import dev.mouthpiece.worker.rtc.Publisher;
import dev.mouthpiece.worker.rtc.PublisherConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SimulateScenario;
import org.jspecify.annotations.Nullable;

/**
 * An avatar in a real room, without a model: a picture that moves, silence that is replaced by the time of the speech, and a player
 * that plays speech by the clock.
 */
final class AvatarRig implements ParticipantEvents, AvatarEvents, AutoCloseable {
    static final int WIDTH = 368;
    static final int HEIGHT = 560;
    /** Agents and avatars alone do not keep a room open: such a server waits for people. */
    static final Map<String, ?> PATIENT = Map.of("room", Map.of("empty_timeout", 300, "departure_timeout", 300));

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final LiveKit LIVE_KIT = new LiveKit();

    /** What happened, and when. */
    record Event(long atNs, String text) {}

    private final List<Event> events = new ArrayList<>();
    private final SerialExecutor serial;
    private final Publisher publisher;
    private final @Nullable Listener listener;
    private final RtcPeers peers;
    final Participant participant;
    final TestPlayer player = new TestPlayer();
    final @Nullable AvatarProtocol avatar;
    private final Thread pump = Thread.ofPlatform().name("pump").daemon().unstarted(this::pump);
    private volatile boolean stopped;

    private AvatarRig(
            String url,
            String token,
            boolean hears,
            @Nullable String speaker,
            AvatarSettings avatarSettings,
            UnaryOperator<ParticipantSettings> change) {
        final var names = new PublisherConfig("avatar", "A" + System.nanoTime(), "V" + System.nanoTime());
        serial = LIVE_KIT.newSerial("rig");
        final Rtc rtc = Rtc.load();
        publisher = rtc.newPublisher(names);
        listener = hears ? rtc.newListener() : null;
        final var limits = new MediaLimits(1_000_000, 48_000, 900_000, 25);
        final ParticipantSettings settings = change.apply(
                ParticipantSettings.of(url, token, names, new ParticipantSettings.Video(WIDTH, HEIGHT), limits));
        peers = new RtcPeers(serial, publisher, listener, limits, settings.network());
        participant = new Participant(LIVE_KIT, serial, peers, settings, this);
        if (hears) {
            avatar = null;
            participant.hear(speaker, new Ear());
        } else {
            avatar = participant.speakThrough(player, avatarSettings, this);
            player.listen(avatar);
        }
        pump.start();
    }

    /** An avatar that plays an agent's streams, and joins at once. */
    static AvatarRig join(String url, String token) {
        return join(url, token, AvatarSettings.DEFAULT, settings -> settings);
    }

    static AvatarRig join(
            String url, String token, AvatarSettings avatarSettings, UnaryOperator<ParticipantSettings> change) {
        final var rig = new AvatarRig(url, token, false, null, avatarSettings, change);
        rig.participant.join();
        return rig;
    }

    /** One that hears a microphone. */
    static AvatarRig hear(String url, String token, @Nullable String speaker) {
        final var rig = new AvatarRig(url, token, true, speaker, AvatarSettings.DEFAULT, settings -> settings);
        rig.participant.join();
        return rig;
    }

    /** A mark in what happened. */
    synchronized int mark() {
        return events.size();
    }

    synchronized List<String> since(int mark) {
        return events.subList(mark, events.size()).stream().map(Event::text).toList();
    }

    Event await(String text) {
        return await(0, text, LIMIT);
    }

    Event await(int mark, String text) {
        return await(mark, text, LIMIT);
    }

    /** The first event since a mark that begins so. */
    synchronized Event await(int mark, String text, Duration limit) {
        final long deadlineNs = System.nanoTime() + limit.toNanos();
        int next = mark;
        while (true) {
            for (; next < events.size(); next++) {
                if (events.get(next).text().startsWith(text)) {
                    return events.get(next);
                }
            }
            final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (leftMs <= 0) {
                throw new AssertionError("not within " + limit + ": " + text + "; since then: " + since(mark));
            }
            try {
                wait(leftMs);
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Something in the session's turn. */
    <T> T call(Callable<T> task) {
        final var result = new CompletableFuture<T>();
        serial.execute(() -> {
            try {
                result.complete(task.call());
            } catch (final Exception e) {
                result.completeExceptionally(e);
            }
        });
        return get(result);
    }

    PeerStats stats() {
        return get(call(() -> Objects.requireNonNull(peers.publishing()).stats()));
    }

    void simulate(SimulateScenario.Builder scenario) {
        serial.execute(() -> participant.request(
                SignalRequest.newBuilder().setSimulate(scenario).build()));
    }

    /** Nothing is played any more, as when the media side hangs. */
    @Override
    public void close() {
        participant.leave();
        get(participant.left());
        stopped = true;
        try {
            pump.join();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
        call(() -> {
            publisher.close();
            if (listener != null) {
                listener.close();
            }
            return true;
        });
        serial.close();
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (final InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private synchronized void note(String text) {
        events.add(new Event(System.nanoTime(), text));
        notifyAll();
    }

    private void pump() {
        final var frame = new I420Frame(WIDTH, HEIGHT);
        final byte[] silence = new byte[Publisher.PCM_BYTES];
        final long startNs = System.nanoTime();
        for (int tick = 0; !stopped; tick++) {
            final long dueNs = startNs + tick * 10_000_000L;
            while (dueNs - System.nanoTime() > 0) {
                LockSupport.parkNanos(dueNs - System.nanoTime());
            }
            player.play(10_000);
            publisher.pushAudio(silence);
            if (tick % 4 == 0) {
                frame.data().put(tick / 4 % frame.lumaBytes(), (byte) tick);
                publisher.pushVideo(frame);
            }
        }
    }

    @Override
    public void onJoined(String identity, String room, String sid) {
        note("joined " + sid);
    }

    @Override
    public void onConnected() {
        note("connected");
    }

    @Override
    public void onReconnecting(String why) {
        note("reconnecting " + why);
    }

    @Override
    public void onReconnected(boolean resumed) {
        note("reconnected " + (resumed ? "resumed" : "anew"));
    }

    @Override
    public void onParticipant(RemoteParticipant remote) {
        note("participant " + remote.identity() + " " + remote.sid());
    }

    @Override
    public void onParticipantGone(RemoteParticipant remote) {
        note("gone " + remote.identity() + " " + remote.sid());
    }

    @Override
    public void onMuted(boolean audio, boolean muted) {
        note((muted ? "muted " : "unmuted ") + (audio ? "audio" : "video"));
    }

    @Override
    public void onLeft(Departure departure) {
        note("left " + departure.cause() + " " + departure.message());
    }

    @Override
    public void onSenderFound(String identity) {
        note("sender " + identity);
    }

    @Override
    public void onSenderGone(String identity) {
        note("sender gone " + identity);
    }

    @Override
    public void onSenderLost(String identity) {
        note("sender lost " + identity);
    }

    @Override
    public void onSegment(long number, int sampleRateHz, int channels) {
        note("segment " + number + " " + sampleRateHz + "/" + channels);
    }

    @Override
    public void onSegmentFinished(long number, long positionUs, long receivedUs, boolean interrupted) {
        note("finished " + number + " " + positionUs + " of " + receivedUs + (interrupted ? " interrupted" : ""));
    }

    @Override
    public void onInterrupted(int segments) {
        note("interrupted " + segments);
    }

    private final class Ear implements SpeakerEvents {
        private int frames;
        private long loud;

        @Override
        public void onSpeaker(String identity) {
            note("speaker " + identity);
        }

        @Override
        public void onSpeakerGone(String identity) {
            note("speaker gone " + identity);
        }

        @Override
        public void onPcm(byte[] pcm) {
            int peak = 0;
            for (int i = 0; i < pcm.length; i += 2) {
                peak = Math.max(peak, Math.abs((short) ((pcm[i] & 0xFF) | (pcm[i + 1] << 8))));
            }
            loud += peak > 1500 ? 1 : 0;
            if (++frames % 50 == 0) {
                note("pcm " + frames + " loud " + loud);
            }
        }
    }
}
