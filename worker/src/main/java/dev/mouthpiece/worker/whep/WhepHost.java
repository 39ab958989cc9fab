package dev.mouthpiece.worker.whep;

import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.Manifest;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.live.LiveSession;
import dev.mouthpiece.worker.rtc.Publisher;
import dev.mouthpiece.worker.rtc.PublisherConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts sessions on air by WHEP, and owns the thread {@code whep} that they share. One for the process; the engine and the rooms are
 * borrowed. Any thread.
 */
public final class WhepHost implements AutoCloseable {
    private static final long TICK_MS = 20;

    /** Where nobody watches or listens, all that time can bring is the end of the session. */
    private static final long ALONE_MS = 500;

    private static final long CLOSE_TIMEOUT_S = 5;
    private static final Logger LOG = LoggerFactory.getLogger(WhepHost.class);

    private final Rtc rtc;
    private final LiveEngine engine;
    private final WhepConfig config;
    private final WhepRooms rooms;
    private final Map<String, WhepSession> sessions = new ConcurrentHashMap<>();
    private final Map<String, WhepRoom> open = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor whep;

    // The whep thread's.
    private @Nullable ScheduledFuture<?> next;

    /** A host without sessions. */
    public WhepHost(Rtc rtc, LiveEngine engine, WhepConfig config, WhepRooms rooms) {
        this.rtc = rtc;
        this.engine = engine;
        this.config = config;
        this.rooms = rooms;
        whep = new ScheduledThreadPoolExecutor(1, task -> {
            final var thread = new Thread(task, "whep");
            thread.setDaemon(true);
            return thread;
        });
        whep.setRemoveOnCancelPolicy(true);
    }

    /**
     * Puts a face on air. Returns at once; what comes of it is told to {@code events}.
     *
     * @param id the session's, expected by the rooms
     * @param avatar given back when the session is over, or could not begin
     * @param seed chooses how the face blinks, looks and sways
     */
    public WhepSession open(String id, AvatarLibrary.Loan avatar, long seed, WhepEvents events) {
        final Publisher publisher;
        try {
            publisher = call(() -> rtc.newPublisher(new PublisherConfig("avatar", "avatar_audio", "avatar_video")));
        } catch (RuntimeException e) {
            avatar.close();
            throw e;
        }
        final Manifest manifest = avatar.model().manifest();
        final var encode = manifest.encode();
        final var mouth = new MouthTap(encode == null ? List.of() : encode.features());
        final var session = new WhepSession(this, id, events, publisher, mouth);
        sessions.put(id, session);
        final StillFrame still = avatar.avatar().still();
        final var picture = new WhepRoom.Picture(still.width(), still.height(), manifest.fps());
        Thread.startVirtualThread(() -> start(session, avatar, seed, picture));
        return session;
    }

    private void start(WhepSession session, AvatarLibrary.Loan avatar, long seed, WhepRoom.Picture picture) {
        try {
            final LiveSession live =
                    engine.open(session.id(), avatar, seed, session.output(), session.new Playback(), whep);
            session.started().complete(live);
            run(() -> session.opened(live, picture));
        } catch (RuntimeException e) {
            LOG.warn("session {} could not start", session.id(), e);
            session.started().completeExceptionally(e);
            run(() -> session.notOpened(e));
        }
    }

    /** Ends all sessions and stops the thread. */
    @Override
    public void close() {
        final List<WhepSession> last = List.copyOf(sessions.values());
        last.forEach(session -> session.end("drained"));
        CompletableFuture.allOf(last.stream().map(WhepSession::done).toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, CLOSE_TIMEOUT_S, TimeUnit.SECONDS)
                .join();
        whep.shutdown();
        try {
            if (!whep.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
                LOG.warn("browser sessions did not close within {} s", CLOSE_TIMEOUT_S);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    WhepConfig config() {
        return config;
    }

    Executor executor() {
        return whep;
    }

    /** How many watch that session; 0 if it is not on air here. */
    public int viewers(String id) {
        final WhepRoom room = open.get(id);
        return room == null ? 0 : room.viewerCount();
    }

    void opened(WhepSession session, WhepRoom room) {
        open.put(session.id(), room);
        rooms.opened(session.id(), room);
        ring();
    }

    void over(WhepSession session) {
        sessions.remove(session.id(), session);
        open.remove(session.id());
        rooms.forget(session.id());
        if (open.isEmpty() && next != null) {
            next.cancel(false);
        }
    }

    void run(Runnable task) {
        try {
            whep.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the host is closed", e);
        }
    }

    private <T> T call(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, whep).join();
    }

    /** Somebody came, or a session: time counts again. Any thread. */
    void ring() {
        run(() -> tickIn(0));
    }

    /** Sees to the sessions, and sleeps for as long as they let it: without one, until it is rung. */
    private void tick() {
        final long nowNs = System.nanoTime();
        for (final WhepSession session : sessions.values()) {
            try {
                session.tick(nowNs);
            } catch (RuntimeException e) {
                LOG.error("session {}: its turn failed", session.id(), e);
            }
        }
        if (sessions.values().stream().anyMatch(WhepSession::isAttended)) {
            tickIn(TICK_MS);
        } else if (!open.isEmpty()) {
            tickIn(ALONE_MS);
        }
    }

    private void tickIn(long ms) {
        if (next != null) {
            next.cancel(false);
        }
        try {
            next = whep.schedule(this::tick, ms, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the host is closed", e);
        }
    }
}
