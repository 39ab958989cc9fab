package dev.mouthpiece.worker.transport;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.session.RunEvents;
import dev.mouthpiece.worker.session.RunningSession;
import dev.mouthpiece.worker.session.SessionOrder;
import dev.mouthpiece.worker.session.SessionRunner;
import dev.mouthpiece.worker.whep.WhepEvents;
import dev.mouthpiece.worker.whep.WhepHost;
import dev.mouthpiece.worker.whep.WhepRooms;
import dev.mouthpiece.worker.whep.WhepSession;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings sessions to browsers. Any thread. */
public final class BrowserRunner implements SessionRunner {
    private static final Logger LOG = LoggerFactory.getLogger(BrowserRunner.class);

    private final WhepHost host;
    private final WhepRooms rooms;
    private final Faces faces;

    /** Host, rooms and faces are borrowed. */
    public BrowserRunner(WhepHost host, WhepRooms rooms, Faces faces) {
        this.host = host;
        this.rooms = rooms;
        this.faces = faces;
    }

    @Override
    public RunningSession start(SessionOrder order, RunEvents events) {
        final var running = new Running(order, events);
        rooms.expect(order.id(), order.token());
        SessionThreads.blocking(order.id()).execute(() -> open(order, running));
        return running;
    }

    private void open(SessionOrder order, Running running) {
        try {
            final AvatarLibrary.Loan face = faces.borrow(
                    order.portrait(), order.spec().width(), order.spec().height());
            running.opened(host.open(order.id(), face, order.id().hashCode(), running));
        } catch (BadInputException e) {
            running.refused("avatar.unusable", String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("the session could not start", e);
            running.refused("start.failed", "The avatar could not be put on air: see the worker's log.");
        }
    }

    /** From the order to the end. */
    private final class Running implements RunningSession, WhepEvents, FaceChanges.Told {
        private final String id;
        private final RunEvents events;
        private final FaceChanges face;

        // Guarded by this.
        private @Nullable WhepSession session;
        private @Nullable String endReason;

        private Running(SessionOrder order, RunEvents events) {
            this.id = order.id();
            this.events = events;
            this.face = new FaceChanges(order, faces, this);
        }

        synchronized void opened(WhepSession opened) {
            session = opened;
            face.opened(new Stage(opened));
            if (endReason != null) {
                opened.end(endReason);
            }
        }

        void refused(String code, String message) {
            rooms.forget(id);
            events.failed(code, message);
        }

        @Override
        public synchronized void end(String reason) {
            endReason = reason;
            face.over();
            if (session != null) {
                session.end(reason);
            }
        }

        @Override
        public void show(Portrait portrait) {
            final var unused = face.show(portrait);
        }

        @Override
        public void feel(Moods moods) {
            face.feel(moods);
        }

        @Override
        public void onShown(Portrait portrait) {
            tell(WhepSession::faceChanged);
            if (portrait instanceof Portrait.Stored stored) {
                events.shown(stored);
            }
        }

        @Override
        public void onRefused(String why) {
            tell(shown -> shown.faceRefused(why));
        }

        private synchronized void tell(Consumer<WhepSession> news) {
            if (session != null) {
                news.accept(session);
            }
        }

        @Override
        public synchronized long frames() {
            return session == null ? 0 : session.frames();
        }

        @Override
        public void onAir() {
            events.onAir();
        }

        @Override
        public void active() {
            events.active();
        }

        @Override
        public void ended(String reason) {
            events.ended(reason);
        }

        @Override
        public void failed(String message) {
            events.failed("media.failed", message);
        }
    }
    /** The browser's session, as its face sees it. */
    private record Stage(WhepSession session) implements FaceChanges.Stage {
        @Override
        public CompletableFuture<Boolean> show(AvatarLibrary.Loan face) {
            return session.show(face);
        }

        @Override
        public void feel(Moods moods) {
            session.feel(moods);
        }
    }
}
