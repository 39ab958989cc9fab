package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.store.Avatars;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many sessions a worker takes: as set, else as measured. Where it was not measured yet, one for each core until it was, on the thread
 * {@code capacity}, while nobody is on air. Made, and closed before the media path, by the command's thread; any thread may ask.
 */
final class Places implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Places.class);

    /** After a session came in between. */
    private static final Duration AGAIN = Duration.ofSeconds(20);

    private final @Nullable Config config;
    private final boolean isKnown;
    private volatile int places;
    private volatile @Nullable Thread measuring;

    private Places(@Nullable Config config, int places, boolean isKnown) {
        this.config = config;
        this.places = places;
        this.isKnown = isKnown;
    }

    /** Of a process without a worker. */
    static Places none() {
        return new Places(null, 0, true);
    }

    /** As set, as measured before, or one for each core. */
    static Places of(Config config, Device device) {
        if (config.worker().capacity() > 0) {
            return new Places(config, config.worker().capacity(), true);
        }
        return Capacity.read(config.home(), config.worker().model(), device)
                .map(known -> new Places(config, known.sessions(), true))
                .orElseGet(() -> new Places(config, Runtime.getRuntime().availableProcessors(), false));
    }

    /** So many sessions of 368x560, at this moment. */
    int now() {
        return places;
    }

    /** For people. */
    String inWords() {
        return "room for " + places + " sessions" + (isKnown ? "" : ", until it is measured how many fit");
    }

    /**
     * Begins to measure, where that was not done. Returns at once.
     *
     * @param isIdle whether no session is on air
     */
    void measure(LiveParts live, Avatars avatars, BooleanSupplier isIdle) {
        final Config from = config;
        if (!isKnown && from != null) {
            measuring = Thread.ofPlatform().name("capacity").daemon().start(() -> {
                try {
                    measureWhenIdle(from, live, avatars, isIdle);
                } catch (CanceledException | InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (BadInputException e) {
                    LOG.warn("what was measured could not be kept: {}", e.getMessage());
                } catch (RuntimeException e) {
                    LOG.warn(
                            "how many sessions fit could not be measured, {} it is; worker.capacity sets it",
                            places,
                            e);
                }
            });
        }
    }

    /** Whether it is being measured, or waits for a moment to. */
    boolean isMeasuring() {
        final Thread thread = measuring;
        return thread != null && thread.isAlive();
    }

    private void measureWhenIdle(Config from, LiveParts live, Avatars avatars, BooleanSupplier isIdle)
            throws InterruptedException {
        while (true) {
            if (isIdle.getAsBoolean()) {
                final Capacity capacity =
                        Capacity.measure(live, avatars, from.worker().model());
                if (isIdle.getAsBoolean()) {
                    places = capacity.sessions();
                    LOG.debug("measured: room for {} sessions", places);
                    capacity.keep(from.home());
                    return;
                }
            }
            Thread.sleep(AGAIN);
        }
    }

    @Override
    public void close() {
        final Thread thread = measuring;
        if (thread != null) {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
