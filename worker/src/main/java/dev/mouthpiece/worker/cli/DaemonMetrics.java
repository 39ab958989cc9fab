package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.metrics.Metrics;
import dev.mouthpiece.worker.store.SessionState;
import dev.mouthpiece.worker.store.Sessions;
import dev.mouthpiece.worker.store.StoreException;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** What /metrics tells, looked up when it is asked for. Any thread. */
final class DaemonMetrics implements Supplier<String> {
    private final Metrics metrics;
    private final Sessions sessions;
    private volatile Map<SessionState, Long> counts = Map.of();
    private volatile boolean answers;

    /**
     * Adds the daemon's own to the process's.
     *
     * @param used places of this worker that sessions take
     * @param places that it has
     */
    DaemonMetrics(Metrics metrics, Sessions sessions, IntSupplier used, IntSupplier places) {
        this.metrics = metrics;
        this.sessions = sessions;
        final Metrics.Group process = metrics.process();
        process.gauge("mouthpiece.worker.places.used", "Places of this worker that sessions take.", "", used::getAsInt);
        process.gauge("mouthpiece.worker.places", "Places of this worker.", "", places::getAsInt);
        for (final SessionState state : SessionState.ACTIVE) {
            process.gauge(
                    "mouthpiece.sessions",
                    "Sessions by state, of all workers; unknown while the database does not answer.",
                    "",
                    () -> answers ? counts.getOrDefault(state, 0L) : Double.NaN,
                    "state",
                    state.word());
        }
    }

    @Override
    public String get() {
        try {
            counts = sessions.countByState();
            answers = true;
        } catch (StoreException e) {
            answers = false;
        }
        return metrics.scrape();
    }
}
