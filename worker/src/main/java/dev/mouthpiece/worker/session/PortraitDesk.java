package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.Avatars.StoredAvatar;
import dev.mouthpiece.worker.store.StoreException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the portraits that users have given, one after another, on a thread of its own: finding a face takes part of a second. Any worker's desk takes any
 * portrait, so that they are checked where the models are, wherever they came in.
 */
public final class PortraitDesk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PortraitDesk.class);
    private static final long POLL_MS = 2_000;

    private final Avatars avatars;
    private final PortraitCheck check;
    private final Semaphore bell = new Semaphore(1);
    private volatile boolean isClosed;
    private @Nullable Thread thread;

    /** A desk that is not open yet. */
    public PortraitDesk(Avatars avatars, PortraitCheck check) {
        this.avatars = avatars;
        this.check = check;
    }

    /** From now on portraits are checked. */
    public void open() {
        thread = Thread.ofPlatform().name("portraits").daemon().start(this::work);
    }

    /** There may be a portrait to check. Any thread. */
    public void ring() {
        bell.release();
    }

    private void work() {
        while (!isClosed) {
            try {
                bell.tryAcquire(POLL_MS, TimeUnit.MILLISECONDS);
                bell.drainPermits();
                while (!isClosed && checkNext()) {
                    LOG.debug("a portrait was checked");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (StoreException e) {
                LOG.debug("{}", e.getMessage());
            }
        }
    }

    /** Checks one, if there is one. */
    boolean checkNext() {
        final Optional<StoredAvatar> next = avatars.claimUnchecked();
        next.ifPresent(avatar -> avatars.checked(avatar.id(), whatIsWrong(avatar)));
        return next.isPresent();
    }

    private @Nullable String whatIsWrong(StoredAvatar avatar) {
        final Optional<byte[]> file = avatars.picture(avatar.picture());
        if (file.isEmpty()) {
            return "The picture is gone: upload it again.";
        }
        try {
            return check.whatIsWrong(avatar.name(), file.get()).orElse(null);
        } catch (RuntimeException e) {
            LOG.error("checking portrait {} failed", avatar.id(), e);
            return "The picture could not be checked: try another one.";
        }
    }

    @Override
    public void close() {
        isClosed = true;
        bell.release();
        if (thread != null) {
            thread.interrupt();
        }
    }
}
