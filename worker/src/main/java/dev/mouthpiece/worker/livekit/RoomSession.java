package dev.mouthpiece.worker.livekit;

import dev.mouthpiece.worker.livekit.data.DataPlane;
import dev.mouthpiece.worker.livekit.data.PacketWire;
import dev.mouthpiece.worker.livekit.link.LinkPeers;
import dev.mouthpiece.worker.livekit.serial.Serial;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.livekit.signal.RoomException.Fault;
import dev.mouthpiece.worker.livekit.signal.SignalClient;
import dev.mouthpiece.worker.livekit.signal.SignalListener;
import dev.mouthpiece.worker.livekit.signal.SignalUrl;
import dev.mouthpiece.worker.livekit.signal.WorkerToken;
import dev.mouthpiece.worker.rtc.RtcException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.random.RandomGenerator;
import livekit.LivekitModels.DisconnectReason;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.ReconnectReason;
import livekit.LivekitRtc.JoinResponse;
import livekit.LivekitRtc.LeaveRequest;
import livekit.LivekitRtc.ReconnectResponse;
import livekit.LivekitRtc.SignalRequest;
import livekit.LivekitRtc.SignalResponse;
import livekit.LivekitRtc.SyncState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stay in a room: joins, and stays through what happens to its connections.
 *
 * <pre>
 *   NEW ─► JOINING ─► JOINED ◄──► RESUMING      the signal connection or a path broke: the session goes on
 *             ▲          │            │
 *             └─ WAITING ◄────────────┘         a resume failed, or the server is gone: a new session, after a pause
 *                   all ─► LEFT                 for good
 * </pre>
 *
 * <p>What is broken is resumed once; what fails then is made anew, after pauses that grow, until it stands or the time is over. All
 * of it in the session's turn; nothing waits in it.
 */
final class RoomSession implements PacketWire, ServerSession.Owner, SignalListener {
    /** From opening a signal connection to the server's first word. */
    static final long ANSWER_TIMEOUT_MS = 10_000;
    /** From the server's word to media that flows. */
    static final long MEDIA_TIMEOUT_MS = 15_000;
    /** After a resume the server has named everybody by then. */
    static final long SETTLE_MS = 1_000;

    static final int MAX_HELD_REQUESTS = 64;
    static final int MAX_REDIRECTS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(RoomSession.class);

    private enum State {
        NEW,
        JOINING,
        JOINED,
        RESUMING,
        WAITING,
        LEFT
    }

    private final Serial serial;
    private final ParticipantSettings settings;
    private final LinkPeers peers;
    private final RoomObserver observer;
    private final SignalLine signal;
    private final DataPlane data;
    private final Roster roster;
    private final Attempts attempts;
    private final Queue<SignalRequest> heldRequests = new ArrayDeque<>();

    private State state = State.NEW;
    private int redirects;
    private @Nullable ServerSession server;

    private boolean everUp;
    private boolean reconnecting;
    private boolean resumed;
    /** What the present state waits for. */
    private Serial.@Nullable Timer timer;

    private Serial.@Nullable Timer settleTimer;

    RoomSession(
            Serial serial,
            ParticipantSettings settings,
            SignalUrl url,
            WorkerToken token,
            SignalClient client,
            LinkPeers peers,
            RandomGenerator random,
            RoomObserver observer) {
        this.serial = serial;
        this.settings = settings;
        this.peers = peers;
        this.observer = observer;
        signal = new SignalLine(serial, client, url, token, this);
        data = new DataPlane(serial, this);
        roster = new Roster(observer);
        attempts = new Attempts(random);
    }

    DataPlane data() {
        return data;
    }

    Roster roster() {
        return roster;
    }

    void join() {
        if (state == State.NEW) {
            connect();
        }
    }

    /** Leaves the room properly. */
    void leave() {
        depart(new Departure(Departure.Cause.OWN_LEAVE, "we left"));
    }

    /** Sends now, or after the resume that is under way. */
    void request(SignalRequest request) {
        if (state == State.JOINED) {
            send(request);
        } else if (state == State.RESUMING && heldRequests.size() < MAX_HELD_REQUESTS) {
            heldRequests.add(request);
        }
    }

    @Override
    public boolean send(byte[] packet, boolean reliable) {
        return server != null && server.sendPacket(packet, reliable);
    }

    @Override
    public void send(SignalRequest request) {
        signal.send(request);
    }

    @Override
    public void onUp() {
        cancelTimer();
        attempts.onSuccess();
        if (!everUp) {
            everUp = true;
            LOG.info("{}: connected", signal.identity());
            observer.onConnected();
        } else if (reconnecting) {
            reconnecting = false;
            LOG.info("{}: reconnected, {}", signal.identity(), resumed ? "the same session" : "a new session");
            observer.onReconnected(resumed);
        }
    }

    @Override
    public void onPathLost(ReconnectReason reason) {
        if (state == State.JOINED && server != null) {
            onSessionLost(reason, lost("the media path is lost"));
        }
    }

    @Override
    public void onBroken(RoomException why) {
        fail(why);
    }

    @Override
    public void onParticipants(List<ParticipantInfo> participants) {
        for (final ParticipantInfo info : participants) {
            if (!info.getIdentity().equals(signal.identity())) {
                roster.update(info);
            }
        }
    }

    @Override
    public void onPacket(byte[] packet, boolean reliable) {
        data.onMessage(packet, reliable);
    }

    @Override
    public void onMessage(SignalResponse message) {
        switch (message.getMessageCase()) {
            case JOIN -> onJoin(message.getJoin());
            case RECONNECT -> onResumed(message.getReconnect());
            case LEAVE -> onLeave(message.getLeave());
            default -> {
                if (server != null && state == State.JOINED) {
                    server.onMessage(message);
                }
            }
        }
    }

    @Override
    public void onClosed(RoomException why) {
        if (state == State.JOINED) {
            onSessionLost(ReconnectReason.RR_SIGNAL_DISCONNECTED, why);
        } else {
            fail(why);
        }
    }

    private void connect() {
        state = State.JOINING;
        open(JoinQuery.join());
    }

    private void open(String query) {
        waitFor(ANSWER_TIMEOUT_MS, "the server at " + signal.url() + " does not answer");
        signal.open(query);
    }

    private void onJoin(JoinResponse join) {
        if (state != State.JOINING) {
            return;
        }
        if (!join.getAlternativeUrl().isEmpty() && redirects < MAX_REDIRECTS) {
            redirect(join.getAlternativeUrl());
            return;
        }
        state = State.JOINED;
        resumed = false;
        waitFor(
                MEDIA_TIMEOUT_MS,
                "no media path to the server at " + signal.url() + ": are its UDP and TCP ports open?");
        LOG.info(
                "{}: joined room {} as {}",
                join.getParticipant().getIdentity(),
                join.getRoom().getName(),
                join.getParticipant().getSid());
        try {
            JoinTerms.requirePermission(join, observer.hears());
            begin(join);
        } catch (final RoomException e) {
            fail(e);
        } catch (final RtcException e) {
            fail(new RoomException(Fault.MEDIA, "WebRTC failed here: " + e.getMessage(), e));
        }
    }

    private void begin(JoinResponse join) {
        signal.keepAlive(join);
        heldRequests.clear();
        data.onNewSession();
        server = new ServerSession(serial, settings, peers, join, this, observer);
        observer.onJoined(join);
        roster.replace(join.getOtherParticipantsList());
        server.start();
    }

    private void redirect(String alternative) {
        redirects++;
        try {
            signal.redirect(SignalUrl.parse(alternative));
            connect();
        } catch (final RoomException e) {
            fail(e);
        }
    }

    private void onResumed(ReconnectResponse response) {
        if (state != State.RESUMING || server == null) {
            return;
        }
        state = State.JOINED;
        resumed = true;
        waitFor(MEDIA_TIMEOUT_MS, "no media path to the server at " + signal.url());
        signal.keepAlive();
        roster.onResumed();
        settleLater();
        data.onResumed(response.getLastMessageSeq());
        server.resume(
                SyncState.newBuilder()
                        .setSubscription(observer.subscription())
                        .addAllDatachannelReceiveStates(data.receiveStates()),
                JoinTerms.iceServers(response.getIceServersList()));
        while (!heldRequests.isEmpty()) {
            send(heldRequests.remove());
        }
    }

    private void settleLater() {
        if (settleTimer != null) {
            settleTimer.cancel();
        }
        settleTimer = serial.schedule(SETTLE_MS, roster::onResumeSettled);
    }

    private void onLeave(LeaveRequest leave) {
        final DisconnectReason reason = leave.getReason();
        LOG.debug("{}: the server says leave: {} {}", signal.identity(), leave.getAction(), reason);
        final RoomException why = lost("the server lets us go: " + reason);
        switch (leave.getAction()) {
            case RESUME -> onSessionLost(ReconnectReason.RR_UNKNOWN, why);
            case RECONNECT -> fail(why);
            default -> Departures.of(reason).ifPresentOrElse(this::depart, () -> fail(why));
        }
    }

    /** A session that stood is resumed; one that did not, or cannot be, is made anew. */
    private void onSessionLost(ReconnectReason reason, RoomException why) {
        final ServerSession session = server;
        if (state == State.JOINED && session != null && session.isUp() && session.canResume()) {
            tellReconnecting(why);
            state = State.RESUMING;
            open(JoinQuery.resume(session.sid(), reason));
        } else {
            fail(why);
        }
    }

    /** What is under way is of no use: a new session after a pause, where that can help. */
    private void fail(RoomException why) {
        if (state == State.LEFT || state == State.WAITING) {
            return;
        }
        if (isFinal(why)) {
            depart(new Departure(Departure.Cause.REFUSED, String.valueOf(why.getMessage())));
            return;
        }
        final long nowNs = serial.nanoTime();
        final long pauseMs = attempts.onFailure(nowNs, everUp ? settings.reconnectTimeout() : settings.joinTimeout());
        if (pauseMs == Attempts.GIVE_UP) {
            depart(new Departure(
                    Departure.Cause.UNREACHABLE,
                    "given up after " + attempts.seconds(nowNs) + " s: " + why.getMessage()));
            return;
        }
        tellReconnecting(why);
        endSession();
        state = State.WAITING;
        timer = serial.schedule(pauseMs, this::connect);
    }

    /** What was refused to a session that had stood may be a fault of the moment, unless it is the token or the room. */
    private boolean isFinal(RoomException why) {
        return switch (why.fault()) {
            case TOKEN, TOKEN_EXPIRED, ROOM_NOT_FOUND, PERMISSION -> true;
            default -> !everUp && !why.retryHelps();
        };
    }

    private void tellReconnecting(RoomException why) {
        LOG.info("{}: {}", signal.identity(), why.getMessage());
        if (everUp && !reconnecting) {
            reconnecting = true;
            observer.onReconnecting(String.valueOf(why.getMessage()));
        }
    }

    private void depart(Departure departure) {
        if (state == State.LEFT) {
            return;
        }
        endSession();
        state = State.LEFT;
        LOG.info("{}: left: {}", signal.identity(), departure.message());
        observer.onLeft(departure);
    }

    private void endSession() {
        cancelTimer();
        if (settleTimer != null) {
            settleTimer.cancel();
        }
        signal.leave();
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private void waitFor(long ms, String otherwise) {
        cancelTimer();
        timer = serial.schedule(ms, () -> fail(lost(otherwise)));
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private static RoomException lost(String why) {
        return new RoomException(Fault.NETWORK, why);
    }
}
