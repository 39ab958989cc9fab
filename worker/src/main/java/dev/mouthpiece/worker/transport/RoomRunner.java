package dev.mouthpiece.worker.transport;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.livekit.Departure;
import dev.mouthpiece.worker.livekit.signal.RoomException;
import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.room.RoomEvents;
import dev.mouthpiece.worker.room.RoomHost;
import dev.mouthpiece.worker.room.RoomOrder;
import dev.mouthpiece.worker.room.RoomSession;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.session.RunEvents;
import dev.mouthpiece.worker.session.RunningSession;
import dev.mouthpiece.worker.session.SessionOrder;
import dev.mouthpiece.worker.session.SessionRunner;
import dev.mouthpiece.worker.store.SessionSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings sessions into LiveKit rooms. Any thread. */
public final class RoomRunner implements SessionRunner {
    private static final Logger LOG = LoggerFactory.getLogger(RoomRunner.class);

    /** Where LemonSlice's clients listen for how the worker fares. */
    private static final String TOPIC = "lemonslice";

    private static final String IDLE_TIMEOUT = "idle_timeout";

    private final RoomHost host;
    private final Faces faces;

    /** Host and faces are borrowed. */
    public RoomRunner(RoomHost host, Faces faces) {
        this.host = host;
        this.faces = faces;
    }

    @Override
    public RunningSession start(SessionOrder order, RunEvents events) {
        final var running = new Running(order, events);
        SessionThreads.blocking(order.id()).execute(() -> open(order, running));
        return running;
    }

    private void open(SessionOrder order, Running running) {
        try {
            final AvatarLibrary.Loan face = faces.borrow(
                    order.portrait(), order.spec().width(), order.spec().height());
            running.opened(
                    host.join(order.id(), roomOrder(order), face, order.id().hashCode(), running));
        } catch (BadInputException e) {
            running.refused("avatar.unusable", String.valueOf(e.getMessage()));
        } catch (RoomException e) {
            running.refused("transport.invalid", String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("the session could not start", e);
            running.refused("start.failed", "The avatar could not be put on air: see the worker's log.");
        }
    }

    private static RoomOrder roomOrder(SessionOrder order) {
        final SessionSpec.Audio audio = order.spec().audio();
        return new RoomOrder(
                order.spec().room().url(),
                order.token(),
                audio.isTrack() ? RoomOrder.AudioSource.TRACK : RoomOrder.AudioSource.DATA_STREAM,
                audio.subscribeTo(),
                audio.isSyntheticIfSilent(),
                audio.responseDoneMs() == 0 ? null : Duration.ofMillis(audio.responseDoneMs()),
                0);
    }

    /** From the order to the end. */
    private final class Running implements RunningSession, RoomEvents, FaceChanges.Told {
        private final String id;
        private final boolean tells;
        private final RunEvents events;
        private final FaceChanges face;

        // Guarded by this.
        private @Nullable RoomSession session;
        private @Nullable String endReason;

        private Running(SessionOrder order, RunEvents events) {
            this.id = order.id();
            this.tells = order.spec().room().messages();
            this.events = events;
            this.face = new FaceChanges(order, faces, this);
        }

        synchronized void opened(RoomSession opened) {
            session = opened;
            face.opened(new Stage(opened));
            if (endReason != null) {
                opened.leave();
            }
        }

        void refused(String code, String message) {
            events.failed(code, message);
        }

        @Override
        public synchronized void end(String reason) {
            if (endReason != null) {
                return;
            }
            endReason = reason;
            face.over();
            if (reason.equals(IDLE_TIMEOUT)) {
                tell(message(IDLE_TIMEOUT));
            }
            if (session != null) {
                session.leave();
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
            tell(message("image_change_complete"));
            if (portrait instanceof Portrait.Stored stored) {
                events.shown(stored);
            }
        }

        @Override
        public void onRefused(String why) {
            tell(message("image_change_error").put("error", why));
        }

        @Override
        public synchronized long frames() {
            return session == null ? 0 : session.frames();
        }

        @Override
        public void onAir() {
            events.onAir();
            tell(message("bot_ready"));
        }

        @Override
        public void onActive() {
            events.active();
        }

        @Override
        public void onMeasured(long segment, double firstPushMs, int waitedMs) {
            tell(message("metric")
                    .put("time_to_first_push", Math.round(firstPushMs) / 1_000.0)
                    .put("tts_audio_delay", waitedMs > 0));
        }

        @Override
        public void onFailing(String why) {
            tell(message("error").put("error", why).put("fatal", true));
        }

        @Override
        public void onOver(Ending ending) {
            final String reason;
            synchronized (this) {
                reason = endReason;
            }
            if (reason != null) {
                events.ended(reason);
            } else if (ending.failed()) {
                events.failed(code(ending.cause()), ending.message());
            } else {
                events.ended(reason(ending.cause()));
            }
        }

        private static String code(Departure.Cause cause) {
            return switch (cause) {
                case REFUSED -> "transport.refused";
                case UNREACHABLE, SERVER -> "transport.join_failed";
                case OWN_LEAVE, REMOVED, ROOM_ENDED, DUPLICATE_IDENTITY -> "media.failed";
            };
        }

        private static String reason(Departure.Cause cause) {
            return switch (cause) {
                case REMOVED -> "participant_removed";
                case ROOM_ENDED -> "room_closed";
                case DUPLICATE_IDENTITY -> "duplicate_identity";
                case OWN_LEAVE, REFUSED, UNREACHABLE, SERVER -> "agent_left";
            };
        }

        private ObjectNode message(String type) {
            return JsonNodeFactory.instance.objectNode().put("type", type).put("session_id", id);
        }

        private synchronized void tell(ObjectNode message) {
            if (tells && session != null) {
                session.publish(TOPIC, message.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
    }
    /** The room's session, as its face sees it. */
    private record Stage(RoomSession session) implements FaceChanges.Stage {
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
