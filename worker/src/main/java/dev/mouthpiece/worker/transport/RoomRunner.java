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
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings sessions into LiveKit rooms. Any thread. */
public final class RoomRunner implements SessionRunner {
    private static final Logger LOG = LoggerFactory.getLogger(RoomRunner.class);

    /** Where LemonSlice's clients listen for how the worker fares. */
    private static final String TOPIC = "lemonslice";

    private static final String IDLE_TIMEOUT = "idle_timeout";

    private static final Executor BLOCKING = task -> Thread.startVirtualThread(task);

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
        Thread.startVirtualThread(() -> open(order, running));
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
            LOG.error("session {} could not start", order.id(), e);
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
    private final class Running implements RunningSession, RoomEvents {
        private final String id;
        private final SessionSpec spec;
        private final boolean tells;
        private final RunEvents events;

        // Guarded by this.
        private @Nullable RoomSession session;
        private @Nullable String endReason;
        private Moods moods;
        private long facesAsked;
        /** The last change of its face that was asked for: they are made one after the other, and those with a successor not at all. */
        private CompletableFuture<?> changed;

        private final CompletableFuture<RoomSession> joined = new CompletableFuture<>();

        private Running(SessionOrder order, RunEvents events) {
            this.id = order.id();
            this.spec = order.spec();
            this.tells = spec.room().messages();
            this.events = events;
            this.moods = order.moods();
            this.changed = joined;
        }

        synchronized void opened(RoomSession opened) {
            session = opened;
            opened.feel(moods);
            if (endReason != null) {
                opened.leave();
            }
            joined.complete(opened);
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
            if (reason.equals(IDLE_TIMEOUT)) {
                tell(message(IDLE_TIMEOUT));
            }
            if (session != null) {
                session.leave();
            }
        }

        @Override
        public synchronized void show(Portrait portrait) {
            final long number = ++facesAsked;
            changed = changed.thenRunAsync(() -> change(number, joined.join(), portrait), BLOCKING);
        }

        private void change(long number, RoomSession shown, Portrait portrait) {
            synchronized (this) {
                if (number != facesAsked || endReason != null) {
                    LOG.debug("session {}: face {} is not wanted any more", id, number);
                    return;
                }
            }
            try {
                final var unused = shown.show(faces.borrow(portrait, spec.width(), spec.height()))
                        .thenAccept(isShown -> onChanged(isShown, portrait));
            } catch (BadInputException e) {
                LOG.info("session {}: the new picture cannot be shown: {}", id, e.getMessage());
                tell(message("image_change_error").put("error", e.getMessage()));
            } catch (RuntimeException e) {
                LOG.error("session {}: the new picture could not be shown", id, e);
                tell(message("image_change_error")
                        .put("error", "the picture could not be shown: see the worker's log"));
            }
        }

        private void onChanged(boolean isShown, Portrait portrait) {
            if (isShown) {
                LOG.debug("session {}: another face is on air", id);
                tell(message("image_change_complete"));
                if (portrait instanceof Portrait.Stored stored) {
                    events.shown(stored);
                }
            }
        }

        @Override
        public synchronized void feel(Moods felt) {
            moods = felt;
            if (session != null) {
                session.feel(felt);
            }
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
}
