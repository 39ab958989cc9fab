package dev.mouthpiece.worker.live;

import dev.mouthpiece.worker.media.frame.BatchMeters;
import dev.mouthpiece.worker.media.frame.MediaCounter;
import dev.mouthpiece.worker.metrics.Metrics;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * Live sessions as metrics: of each session while it is on air, and of all there have been, in sum. The media threads only
 * count; whoever scrapes reads. Thread-safe.
 */
public final class LiveMetrics implements LiveObserver {
    private static final double NS = 1e-9;
    /** The bar for the first word is 150 ms at a receiver. */
    private static final List<Duration> LATENCY_BOUNDS = IntStream.of(
                    20, 40, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 750, 1_000, 2_500, 5_000)
            .mapToObj(Duration::ofMillis)
            .toList();

    private static final String PICTURES = "Pictures: rendered, shown, shown again for want of the next, too late, not"
            + " rendered for being too late, of interrupted speech";
    private static final String FRAME_TIMES =
            "Frame times in which speech was due and had not arrived; that were left out for want of a core";

    /** What of a session is counted up. */
    private static final List<Count> COUNTS = List.of(
            of("frames", "rendered", PICTURES, MediaCounter.FRAMES_RENDERED),
            of("frames", "shown", PICTURES, MediaCounter.FRAMES_SHOWN),
            of("frames", "repeated", PICTURES, MediaCounter.FRAMES_REPEATED),
            of("frames", "late", PICTURES, MediaCounter.FRAMES_LATE),
            of("frames", "skipped", PICTURES, MediaCounter.FRAMES_SKIPPED),
            of("frames", "stale", PICTURES, MediaCounter.FRAMES_STALE),
            of("frame.times", "starved", FRAME_TIMES, MediaCounter.SPEECH_STARVED),
            of("frame.times", "left_out", FRAME_TIMES, MediaCounter.FRAME_TIMES_LEFT_OUT),
            of("interruptions", "", "Segments cut short by an interruption", MediaCounter.INTERRUPTIONS),
            new Count("ring.overflows", "", "Writes of speech that found no room", 1, LiveSession::speechOverflows),
            new Count("reconnects", "", "Connections that were cut and came back", 1, s -> s.meters()
                    .reconnects()),
            new Count("encoder.frames", "", "Pictures encoded by the transport", 1, s -> s.meters()
                    .framesEncoded()),
            new Count("encoder.seconds", "", "Time spent in the transport's video encoder", NS, s -> s.meters()
                    .encoderNs()));

    /**
     * One of them.
     *
     * @param state tells it from others of its name; may be empty
     * @param scale of what {@code value} gives
     */
    private record Count(String name, String state, String help, double scale, ToLongFunction<LiveSession> value) {
        String[] tags() {
            return state.isEmpty() ? new String[0] : new String[] {"state", state};
        }
    }

    private static Count of(String name, String state, String help, MediaCounter counter) {
        return new Count(name, state, help, 1, session -> session.counters().get(counter));
    }

    private final Metrics metrics;
    private final Metrics.Latency firstPicture;
    private final Metrics.Latency firstSound;
    private final Metrics.Latency firstMove;

    // Guarded by this.
    private final Map<LiveSession, Metrics.Group> groups = new HashMap<>();
    private final Set<LiveSession> open = new HashSet<>();
    private final long[] closed = new long[COUNTS.size()];
    private long opened;
    private long utterances;

    /** Registers what is told of all sessions together. */
    public LiveMetrics(Metrics metrics) {
        this.metrics = metrics;
        final Metrics.Group all = metrics.process();
        for (int i = 0; i < COUNTS.size(); i++) {
            final int which = i;
            final Count count = COUNTS.get(i);
            all.counter("mouthpiece." + count.name, count.help, () -> count.scale * sum(which), count.tags());
        }
        all.gauge("mouthpiece.sessions.on.air", "Sessions of this process whose face is on air", "", this::openCount);
        all.counter("mouthpiece.sessions.opened", "Sessions that were on air", this::openedCount);
        all.counter(
                "mouthpiece.utterances", "Segments of speech that were played, in part at least", this::utteranceCount);
        firstPicture = latency(all, "mouthpiece.first.picture", "From an utterance's first byte to its first picture");
        firstSound = latency(all, "mouthpiece.first.sound", "From an utterance's first byte to its first sound");
        firstMove =
                latency(all, "mouthpiece.first.move", "From an utterance's first byte to the first move of the mouth");
    }

    private static Metrics.Latency latency(Metrics.Group group, String name, String help) {
        return group.latency(name, help, LATENCY_BOUNDS);
    }

    /** Tells of an engine's batches too, and of its device. Once per engine. */
    public void watch(LiveEngine engine) {
        DeviceMetrics.watch(metrics, engine.device(), engine.lanes());
        final BatchMeters batches = engine.batchMeters();
        final Metrics.Group all = metrics.process();
        batch(all, batches, "batches", "Calls of a model", "speech", BatchMeters.Meter.SPEECH_BATCHES);
        batch(all, batches, "batches", "Calls of a model", "render", BatchMeters.Meter.RENDER_BATCHES);
        batch(all, batches, "batch.rows", "Windows or frames in them", "speech", BatchMeters.Meter.SPEECH_ROWS);
        batch(all, batches, "batch.rows", "Windows or frames in them", "render", BatchMeters.Meter.RENDER_ROWS);
        for (final int size : BatchMeters.sizes()) {
            size(all, "speech", size, () -> batches.speechBatchesOf(size));
            size(all, "render", size, () -> batches.renderBatchesOf(size));
        }
        all.counter(
                "mouthpiece.batch.wait.seconds",
                "Time that batches waited for an inference thread",
                () -> batches.get(BatchMeters.Meter.WAIT_NS) * NS);
        all.counter(
                "mouthpiece.batch.work.seconds",
                "Time that inference threads took for them",
                () -> batches.get(BatchMeters.Meter.WORK_NS) * NS);
    }

    private static void size(Metrics.Group group, String kind, int size, LongSupplier value) {
        group.counter(
                "mouthpiece.batch.sizes",
                "Calls of a model by the rows in them: so many, or fewer but more than the next smaller size",
                value::getAsLong,
                "kind",
                kind,
                "rows",
                Integer.toString(size));
    }

    private static void batch(
            Metrics.Group group, BatchMeters batches, String name, String help, String kind, BatchMeters.Meter meter) {
        group.counter("mouthpiece." + name, help, () -> batches.get(meter), "kind", kind);
    }

    @Override
    public void onOpened(LiveSession session) {
        final Metrics.Group group = metrics.group("session", session.id());
        for (final Count count : COUNTS) {
            group.counter(
                    "mouthpiece.session." + count.name,
                    count.help,
                    () -> count.scale * count.value.applyAsLong(session),
                    count.tags());
        }
        final SessionMeters meters = session.meters();
        group.gauge(
                "mouthpiece.session.av.offset",
                "How much later than its sound the last picture was handed out",
                "seconds",
                () -> meters.avOffsetNs() * NS);
        group.gauge(
                "mouthpiece.session.av.offset.worst",
                "The most of that so far",
                "seconds",
                () -> meters.avOffsetMaxNs() * NS);
        group.gauge(
                "mouthpiece.session.av.drift",
                "How far sound has fallen behind the clock since the session's first ten seconds",
                "seconds",
                () -> meters.driftNs() * NS);
        synchronized (this) {
            groups.put(session, group);
            open.add(session);
            opened++;
        }
    }

    @Override
    public void onUtterance(LiveSession session, Utterance utterance) {
        synchronized (this) {
            utterances++;
        }
        record(firstPicture, utterance.firstPictureNs(), utterance.firstByteNs());
        record(firstSound, utterance.firstSoundNs(), utterance.firstByteNs());
        record(firstMove, utterance.firstMoveNs(), utterance.firstByteNs());
    }

    private static void record(Metrics.Latency latency, long ns, long firstByteNs) {
        if (ns != 0 && firstByteNs != 0) {
            latency.record(ns - firstByteNs);
        }
    }

    @Override
    public void onClosed(LiveSession session) {
        final Metrics.Group group;
        synchronized (this) {
            group = groups.remove(session);
            if (open.remove(session)) {
                for (int i = 0; i < closed.length; i++) {
                    closed[i] += COUNTS.get(i).value.applyAsLong(session);
                }
            }
        }
        if (group != null) {
            group.close();
        }
    }

    private synchronized long sum(int which) {
        long sum = closed[which];
        for (final LiveSession session : open) {
            sum += COUNTS.get(which).value.applyAsLong(session);
        }
        return sum;
    }

    private synchronized int openCount() {
        return open.size();
    }

    private synchronized long openedCount() {
        return opened;
    }

    private synchronized long utteranceCount() {
        return utterances;
    }
}
