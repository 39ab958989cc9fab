package dev.mouthpiece.worker.transport;

import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.session.Portrait;
import dev.mouthpiece.worker.session.SessionOrder;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session's owner wants of its face, whatever transport shows it: another portrait, another mood, also before it is on air.
 * Portraits are shown one after the other, and those with a successor not at all. Any thread; the calls return at once.
 */
final class FaceChanges {
    private static final Logger LOG = LoggerFactory.getLogger(FaceChanges.class);

    private final SessionOrder order;
    private final Faces faces;
    private final Told told;
    private final CompletableFuture<Stage> opened = new CompletableFuture<>();

    // Guarded by this.
    private @Nullable Stage stage;
    private Moods moods;
    private long asked;
    private boolean isOver;
    /** The last change that was asked for. */
    private CompletableFuture<?> changed = opened;

    /** Where a face is on air. */
    interface Stage {
        /** As {@link dev.mouthpiece.worker.live.LiveSession#show}: blocks, and closes the face where this fails. */
        CompletableFuture<Boolean> show(AvatarLibrary.Loan face);

        void feel(Moods moods);
    }

    /** Hears what became of a portrait. Any thread. */
    interface Told {
        void onShown(Portrait portrait);

        /** The one before stays. */
        void onRefused(String why);
    }

    /** @param faces borrowed */
    FaceChanges(SessionOrder order, Faces faces, Told told) {
        this.order = order;
        this.faces = faces;
        this.told = told;
        this.moods = order.moods();
    }

    /** The session is there, with its first face. */
    synchronized void opened(Stage made) {
        stage = made;
        made.feel(moods);
        opened.complete(made);
    }

    /** No face is wanted any more. */
    synchronized void over() {
        isOver = true;
    }

    synchronized void feel(Moods felt) {
        moods = felt;
        if (stage != null) {
            stage.feel(felt);
        }
    }

    /** Another portrait is wanted. Done when it has been handed over, refused or left out. */
    synchronized CompletableFuture<?> show(Portrait portrait) {
        final long number = ++asked;
        changed = changed.thenRunAsync(
                () -> change(number, opened.join(), portrait), SessionThreads.blocking(order.id()));
        return changed;
    }

    private void change(long number, Stage on, Portrait portrait) {
        if (!isWanted(number)) {
            LOG.debug("face {} is not wanted any more", number);
            return;
        }
        try {
            final AvatarLibrary.Loan face =
                    faces.borrow(portrait, order.spec().width(), order.spec().height());
            final var unused = on.show(face).thenAccept(isShown -> {
                if (isShown) {
                    LOG.debug("session {}: another face is on air", order.id());
                    told.onShown(portrait);
                }
            });
        } catch (BadInputException e) {
            LOG.info("the new picture cannot be shown: {}", e.getMessage());
            told.onRefused(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("the new picture could not be shown", e);
            told.onRefused("the picture could not be shown: see the worker's log");
        }
    }

    private synchronized boolean isWanted(long number) {
        return number == asked && !isOver;
    }
}
