package dev.mouthpiece.worker.whep;

import dev.mouthpiece.worker.rtc.AnswerOptions;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.Publisher;
import dev.mouthpiece.worker.rtc.RtcException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session that is watched by WHEP: its publisher, a bounded number of viewers, and the speakers at its desk.
 *
 * <p>Viewers belong to the thread {@code whep}; {@link #join}, {@link #patch} and {@link #leave} may be called by any thread
 * and answer by a future. A viewer that misbehaves costs its own connection only: sound and pictures go to the publisher
 * whatever the viewers do.
 */
final class WhepRoom {
    /** A speaker that sends nothing for so long has ended its segment. */
    private static final long SPEAKER_IDLE_NS = 10_000_000_000L;

    private static final long STATUS_NS = 1_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(WhepRoom.class);

    private final String session;
    private final WhepConfig config;
    private final Publisher publisher;
    private final Executor whep;
    private final SpeechListeners listeners;
    private final SpeechDesk desk;
    private final int fps;
    private final Owner owner;
    private final SecureRandom random = new SecureRandom();

    // The whep thread's.
    private final Map<String, WhepViewer> viewers = new LinkedHashMap<>();
    private long watchedNs;
    private long statusNs;
    private volatile int viewerCount;
    private volatile boolean isClosed;

    /** An answered offer. */
    record Joined(String viewer, String etag, String answer) {}

    /** An applied fragment; {@code fragment} is our side's after an ICE restart, else empty. */
    record Patched(String etag, String fragment) {}

    /** What a room shows. */
    record Picture(int width, int height, int fps) {}

    /** Who sees to it that time passes here. */
    interface Owner {
        /** Somebody came who wants {@link #tick} every few tens of milliseconds. Any thread. */
        void onCome();

        /** Nobody has watched for as long as is allowed. Thread {@code whep}. */
        void onUnwatched();
    }

    /** There is no such viewer. */
    static final class NoViewerException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoViewerException() {
            super("there is no such viewer: it has left, or its connection was lost");
        }
    }

    /** The fragment belongs to credentials that are not current. */
    static final class StaleException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StaleException(String etag) {
            super("If-Match does not match: the current ETag is " + etag);
        }
    }

    /** There are as many viewers as there may be. */
    static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FullException(int max) {
            super("the session has its " + max + " viewers, and may have no more");
        }
    }

    /**
     * A room without viewers. Thread {@code whep}.
     *
     * @param whep runs one task after the other; every call of the publisher and its peers is made there
     */
    WhepRoom(
            String session,
            WhepConfig config,
            Publisher publisher,
            Executor whep,
            SpeechInput speech,
            Picture picture,
            Owner owner) {
        this.session = session;
        this.config = config;
        this.publisher = publisher;
        this.whep = whep;
        this.listeners = new SpeechListeners(
                SpeechEvents.ready(session, picture.fps(), picture.width(), picture.height()),
                config.maxSpeakers(),
                owner::onCome);
        this.desk = new SpeechDesk(speech, listeners, SPEAKER_IDLE_NS);
        this.fps = picture.fps();
        this.owner = owner;
        this.watchedNs = System.nanoTime();
    }

    /** All who hear the events and may speak. */
    SpeechListeners listeners() {
        return listeners;
    }

    /** The one desk of all speakers. */
    SpeechDesk desk() {
        return desk;
    }

    /** What viewers are told to try. */
    List<IceServer> iceServers() {
        return config.peer().iceServers();
    }

    /** How many watch. Any thread. */
    int viewerCount() {
        return viewerCount;
    }

    /** A viewer's offer. */
    CompletableFuture<Joined> join(String offer) {
        return ask(() -> {
            if (viewers.size() >= config.maxViewers()) {
                throw new FullException(config.maxViewers());
            }
            final var viewer = new WhepViewer(newId(), AnswerOptions.send(config.media()), System.nanoTime());
            viewer.use(publisher.newPeer(config.peer(), viewer, whep));
            viewers.put(viewer.id(), viewer);
            viewerCount = viewers.size();
            owner.onCome();
            return viewer.answer(offer).handle((answer, failure) -> {
                if (failure != null) {
                    drop(viewer, "not answered");
                    throw refused(failure);
                }
                return new Joined(viewer.id(), viewer.etag(), answer);
            });
        });
    }

    /** A viewer's candidates, or its wish to restart ICE. */
    CompletableFuture<Patched> patch(String id, String ifMatch, IceFragment fragment) {
        return ask(() -> {
            final WhepViewer viewer = viewer(id);
            if (!ifMatch.equals("*") && !ifMatch.equals(viewer.etag())) {
                throw new StaleException(viewer.etag());
            }
            if (!viewer.isRestart(fragment)) {
                viewer.add(fragment);
                return CompletableFuture.completedFuture(new Patched(viewer.etag(), ""));
            }
            return viewer.restart(fragment).handle((ours, failure) -> {
                if (failure != null) {
                    throw refused(failure);
                }
                return new Patched(viewer.etag(), ours);
            });
        });
    }

    /** A viewer goes. */
    CompletableFuture<Boolean> leave(String id) {
        return ask(() -> {
            drop(viewer(id), "left");
            return CompletableFuture.completedFuture(true);
        });
    }

    /** Whether somebody watches, listens or is still to be heard, who notices how often {@link #tick} comes. */
    boolean isAttended() {
        return !viewers.isEmpty() || !listeners.isEmpty() || desk.isBusy();
    }

    /** Sees to what takes time. Thread {@code whep}, every few tens of milliseconds where it {@link #isAttended}. */
    void tick(long nowNs) {
        if (isClosed) {
            return;
        }
        desk.tick(nowNs);
        for (final WhepViewer viewer : List.copyOf(viewers.values())) {
            viewer.fault(nowNs).ifPresent(why -> drop(viewer, why));
        }
        if (nowNs - statusNs > STATUS_NS) {
            statusNs = nowNs;
            listeners.tell(SpeechEvents.status(desk.queuedUs(), viewers.size()));
        }
        if (!viewers.isEmpty()) {
            watchedNs = nowNs;
        } else if (nowNs - watchedNs > config.unwatchedSeconds() * 1_000_000_000L) {
            watchedNs = nowNs;
            owner.onUnwatched();
        }
    }

    /** A picture of speech was sent. Thread {@code whep}. */
    void mouth(long segment, long frame, float open) {
        desk.playedTo(segment, frame * 1_000_000L / fps);
        listeners.tell(SpeechEvents.mouth(segment, frame, fps, open));
    }

    /** Lets everybody go; the publisher is its owner's to close. Thread {@code whep}. */
    void close(String reason) {
        if (isClosed) {
            return;
        }
        isClosed = true;
        listeners.close(reason);
        for (final WhepViewer viewer : new ArrayList<>(viewers.values())) {
            drop(viewer, "session over");
        }
    }

    private WhepViewer viewer(String id) {
        return Optional.ofNullable(viewers.get(id)).orElseThrow(NoViewerException::new);
    }

    private void drop(WhepViewer viewer, String why) {
        if (viewers.remove(viewer.id()) != null) {
            viewerCount = viewers.size();
            LOG.debug("session {}: viewer {} is dropped: {}", session, viewer.id(), why);
            viewer.close();
        }
    }

    /** Runs {@code work} on the whep thread. */
    private <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> work) {
        final var asked = new CompletableFuture<CompletableFuture<T>>();
        try {
            whep.execute(() -> {
                try {
                    if (isClosed) {
                        throw new NoViewerException();
                    }
                    asked.complete(work.get());
                } catch (RuntimeException | Error e) {
                    asked.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            asked.completeExceptionally(new NoViewerException());
        }
        return asked.thenCompose(answer -> answer);
    }

    /** What WebRTC does not take was the viewer's to get right. */
    private static RuntimeException refused(Throwable failure) {
        final Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null
                ? wrapped.getCause()
                : failure;
        if (cause instanceof RtcException || cause instanceof IllegalArgumentException) {
            return new IllegalArgumentException("the SDP is not understood: " + cause.getMessage(), cause);
        }
        return new CompletionException(cause);
    }

    private String newId() {
        final byte[] bytes = new byte[12];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
