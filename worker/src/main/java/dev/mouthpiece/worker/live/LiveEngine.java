package dev.mouthpiece.worker.live;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.HostDevice;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.Avatar;
import dev.mouthpiece.worker.media.MediaSession;
import dev.mouthpiece.worker.media.Pipeline;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.SessionConfig;
import dev.mouthpiece.worker.media.frame.BatchMeters;
import dev.mouthpiece.worker.media.life.Moods;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All live faces of the process: one media path, its threads, and the sessions in it. Sessions come and go at any time; one
 * that fails ends alone.
 *
 * <p>Owned by whoever starts the process; thread-safe. {@link #open} blocks while an avatar's patch size is met for the first
 * time, else for a moment; it is not to be called by the threads of the path.
 */
public final class LiveEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveEngine.class);

    /** From opening to the first tick: time to take the session in and render its first picture. */
    private static final long LEAD_IN_NS = 20_000_000L;

    private static final long CLOSE_TIMEOUT_S = 5;
    private static final long OBSERVE_EVERY_MS = 200;

    /** Of the usual model; for another rate the first segment of a session pays some milliseconds. */
    private static final int MODEL_RATE_HZ = 16_000;

    private final Pipeline pipeline;
    private final Device device;
    private final int lanes;
    private final NanoClock clock;
    private final List<AgentRunner> runners = new ArrayList<>();
    private final PhasePlan phases = new PhasePlan();
    private final Set<LiveSession> sessions = new HashSet<>();
    private final LiveObserver observer;
    private final Consumer<DeviceException> onLost;
    private boolean closed;

    LiveEngine(PipelineConfig config, NanoClock clock, LiveObserver observer) {
        this(config, new HostDevice(), clock, observer, lost -> {});
    }

    private LiveEngine(
            PipelineConfig config,
            Device device,
            NanoClock clock,
            LiveObserver observer,
            Consumer<DeviceException> onLost) {
        this.clock = clock;
        this.observer = LiveObserver.all(observer);
        this.onLost = onLost;
        this.device = device;
        this.lanes = config.lanes();
        this.pipeline = new Pipeline(config, device, clock);
    }

    /** Starts an engine that nobody observes. */
    public static LiveEngine start(PipelineConfig config) {
        return start(config, new LiveObserver() {});
    }

    /** Starts the path's threads: device, pacer, observer, one for inference per core. */
    public static LiveEngine start(PipelineConfig config, LiveObserver observer) {
        return start(config, new HostDevice(), observer, lost -> {});
    }

    /**
     * Starts the path's threads on a device.
     *
     * @param device borrowed; of the kind of the avatars' models
     * @param onLost hears that the device is lost, from an inference thread, perhaps several times: sessions fail, and the
     *     process is to end with {@link DeviceException#EXIT_CODE}
     */
    public static LiveEngine start(
            PipelineConfig config, Device device, LiveObserver observer, Consumer<DeviceException> onLost) {
        Sound48.warmUp(MODEL_RATE_HZ);
        final LiveEngine engine = new LiveEngine(config, device, System::nanoTime, observer, onLost);
        engine.startThreads();
        return engine;
    }

    private void startThreads() {
        final ErrorHandler errors = e -> {
            LOG.error("the media path failed in a way that no session is to blame for", e);
            if (e instanceof DeviceException failure && failure.isLost()) {
                onLost.accept(failure);
            }
        };
        pipeline.startLanes(errors);
        run(new DeviceAgent(), pipeline.deviceIdle(), errors);
        run(new PacerAgent(), pipeline.pacerIdle(), errors);
        run(new ObserverAgent(), new SleepingMillisIdleStrategy(OBSERVE_EVERY_MS), errors);
    }

    private void run(Agent agent, IdleStrategy idle, ErrorHandler errors) {
        final AgentRunner runner = new AgentRunner(idle, errors, null, agent);
        runners.add(runner);
        AgentRunner.startOnThread(runner);
    }

    /**
     * Puts a face on air: from about 20 ms later on its output gets sound every 10 ms and a picture every frame time.
     *
     * @param id what logs and metrics call it
     * @param avatar closed with the session, also where opening fails
     * @param seed chooses how the face blinks, looks and sways
     * @param executor runs {@code events}, one after another; it must keep their order
     */
    public LiveSession open(
            String id, AvatarLibrary.Loan avatar, long seed, LiveOutput output, LiveEvents events, Executor executor) {
        return open(id, avatar, seed, 0, output, events, executor);
    }

    /**
     * The same for who answers somebody in real time.
     *
     * @param soundAheadTicks so many ticks of 10 ms sound is handed out before the picture that belongs to it, 0..3: it need not wait
     *     until the picture is done, only until it will be
     */
    public LiveSession open(
            String id,
            AvatarLibrary.Loan avatar,
            long seed,
            int soundAheadTicks,
            LiveOutput output,
            LiveEvents events,
            Executor executor) {
        try {
            final Avatar face = avatar.avatar();
            prepare(avatar);
            return open(id, avatar, face, seed, soundAheadTicks, output, events, executor);
        } catch (final RuntimeException e) {
            avatar.close();
            throw e;
        }
    }

    /** Makes and warms what faces of this model and patch size need, which {@link #open} would do at the first of them. Blocks for some tenths of a second. */
    public void prepare(AvatarLibrary.Loan avatar) {
        final var identity = avatar.avatar().identity();
        pipeline.prepare(avatar.model(), identity.patchSize(), identity.slot());
    }

    private synchronized LiveSession open(
            String id,
            AvatarLibrary.Loan avatar,
            Avatar face,
            long seed,
            int soundAheadTicks,
            LiveOutput output,
            LiveEvents events,
            Executor executor) {
        if (closed) {
            throw new IllegalStateException("the engine is closed: session=" + id);
        }
        final long startNs = phases.take(clock.nanoTime() + LEAD_IN_NS);
        final AtomicReference<@Nullable LiveSession> opened = new AtomicReference<>();
        final var sink = new LiveSink(
                output,
                events,
                executor,
                avatar.model().manifest().requireEncode().features(),
                clock,
                () -> closeFailed(opened));
        final MediaSession media = pipeline.open(
                new SessionConfig(avatar.model(), face.identity().patchSize(), face.loop(), seed, true, startNs)
                        .withSoundAhead(soundAheadTicks),
                sink);
        final var session = new LiveSession(this, id, media, avatar, sink, startNs, pipeline::wakeDevice);
        opened.set(session);
        sessions.add(session);
        observer.onOpened(session);
        return session;
    }

    /** The pacer may be quicker to find a failure than {@link #open} to return; this waits for it. */
    private synchronized void closeFailed(AtomicReference<@Nullable LiveSession> opened) {
        final LiveSession session = opened.get();
        if (session != null) {
            close(session);
        }
    }

    void feel(LiveSession session, Moods moods) {
        pipeline.feel(session.media(), moods);
    }

    CompletableFuture<Boolean> show(LiveSession session, AvatarLibrary.Loan face) {
        try {
            final Avatar avatar = face.avatar();
            pipeline.prepare(
                    face.model(),
                    avatar.identity().patchSize(),
                    avatar.identity().slot());
            return exchange(session, face, avatar);
        } catch (final RuntimeException e) {
            face.close();
            throw e;
        }
    }

    private synchronized CompletableFuture<Boolean> exchange(
            LiveSession session, AvatarLibrary.Loan face, Avatar avatar) {
        if (!sessions.contains(session)) {
            face.close();
            return CompletableFuture.completedFuture(false);
        }
        checkFits(session.avatar(), face);
        final AvatarLibrary.Loan before = session.avatar();
        final var given = new CompletableFuture<Boolean>();
        pipeline.show(
                session.media(),
                avatar.identity().patchSize(),
                avatar.loop(),
                // Giving the avatar back may copy a bank: not on the device thread.
                isShown -> Thread.startVirtualThread(() -> {
                    try {
                        before.close();
                    } finally {
                        given.complete(isShown);
                    }
                }));
        session.replace(face, given);
        return given;
    }

    private static void checkFits(AvatarLibrary.Loan shown, AvatarLibrary.Loan face) {
        if (shown.model() != face.model()) {
            throw new BadInputException("a session keeps its model: it shows "
                    + shown.model().manifest().name() + ", the new face is made for "
                    + face.model().manifest().name());
        }
        final StillFrame now = shown.avatar().still();
        final StillFrame then = face.avatar().still();
        if (now.width() != then.width() || now.height() != then.height()) {
            throw new BadInputException("a session keeps its size: it shows " + now.width() + "x" + now.height()
                    + ", the new face is " + then.width() + "x" + then.height());
        }
    }

    /** What it computes on. */
    Device device() {
        return device;
    }

    /** Its inference threads. */
    int lanes() {
        return lanes;
    }

    /** What is counted of all sessions' batches. Any thread. */
    public BatchMeters batchMeters() {
        return pipeline.batchMeters();
    }

    /** Sessions on air. */
    public synchronized int sessionCount() {
        return sessions.size();
    }

    /** Those, at this moment. */
    synchronized List<LiveSession> sessions() {
        return List.copyOf(sessions);
    }

    synchronized void close(LiveSession session) {
        if (!sessions.remove(session)) {
            return;
        }
        phases.giveBack(session.frameTimesFromNs());
        // Giving the avatar back may copy a bank: not on the device thread.
        pipeline.close(session.media(), () -> Thread.startVirtualThread(() -> onClosed(session)));
    }

    private void onClosed(LiveSession session) {
        try {
            observe(session);
            observer.onClosed(session);
            // Complete within moments: the path has let go of them all.
            session.returned().join();
            session.avatar().close();
        } finally {
            session.closed().complete(null);
        }
    }

    private void observe(LiveSession session) {
        session.log().drain(utterance -> observer.onUtterance(session, utterance));
    }

    /** Takes all sessions off the air, waits for them, and stops the threads. */
    @Override
    public void close() {
        final List<LiveSession> open;
        synchronized (this) {
            closed = true;
            open = sessions();
        }
        open.forEach(LiveSession::close);
        open.forEach(LiveEngine::await);
        runners.forEach(AgentRunner::close);
        pipeline.close();
    }

    private static void await(LiveSession session) {
        try {
            session.closed().get(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (final TimeoutException e) {
            LOG.warn("session {} did not close within {} s", session.id(), CLOSE_TIMEOUT_S);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (final ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One turn of the device thread, for tests that hold the clock. */
    int stepDevice() {
        return pipeline.stepDevice(clock.nanoTime());
    }

    /** One turn of the inference threads, likewise. */
    int stepLanes() {
        return pipeline.stepLanes();
    }

    /** One turn of the pacer, likewise. */
    int stepPacer() {
        return pipeline.stepPacer(clock.nanoTime());
    }

    /** One turn of the observer, likewise. */
    void stepObserver() {
        sessions().forEach(this::observe);
    }

    private final class DeviceAgent implements Agent {
        @Override
        public int doWork() {
            return pipeline.stepDevice(clock.nanoTime());
        }

        @Override
        public String roleName() {
            return "device";
        }
    }

    private final class PacerAgent implements Agent {
        @Override
        public int doWork() {
            return pipeline.stepPacer(clock.nanoTime());
        }

        @Override
        public String roleName() {
            return "pacer";
        }
    }

    private final class ObserverAgent implements Agent {
        @Override
        public int doWork() {
            stepObserver();
            return 0;
        }

        @Override
        public String roleName() {
            return "observer";
        }
    }
}
