package dev.mouthpiece.worker.media;

import dev.mouthpiece.device.Compositor;
import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.HostDevice;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.worker.media.audio.RingMemory;
import dev.mouthpiece.worker.media.batch.FrameBatcher;
import dev.mouthpiece.worker.media.composite.FrameCompositor;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.media.frame.BatchMeters;
import dev.mouthpiece.worker.media.generate.Generator;
import dev.mouthpiece.worker.media.life.Moods;
import dev.mouthpiece.worker.media.pace.MediaSink;
import dev.mouthpiece.worker.media.pace.Pacer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.NanoClock;

/**
 * The media path, from a session's speech to its paced pictures and sound:
 *
 * <pre>
 *   AudioRing → AudioTimeline → FrameBatcher → Lane: Generator → FrameCompositor → FrameRing → PacedTrack → MediaSink
 *   (callback)   device thread                  inference threads                              pacer's thread
 * </pre>
 *
 * <p>{@link #stepDevice} is the device thread's turn and {@link #stepPacer} the pacer's: a film steps both from one thread
 * with a clock of its own; tests step the lanes too. Sessions are opened and closed from any thread; both take effect in
 * the owners' next turns.
 */
public final class Pipeline implements AutoCloseable {
    /** Time moves frames into and out of reach of a batch; nobody rings for that. */
    private static final long DEVICE_SLEEP_NS = 2_000_000L;

    /** A thread that would be rung for all it has to do looks by itself as seldom. */
    private static final long LONG_SLEEP_NS = 200_000_000L;

    private final PipelineConfig config;
    private final NanoClock clock;
    private final Device device;
    private final List<Lane> lanes;
    private final List<AgentRunner> runners = new ArrayList<>();
    private final FrameBatcher batcher;
    private final Pacer pacer;
    private final RingMemory rings;
    private final ManyToOneConcurrentLinkedQueue<Runnable> deviceCommands = new ManyToOneConcurrentLinkedQueue<>();
    private final ManyToOneConcurrentLinkedQueue<Runnable> pacerCommands = new ManyToOneConcurrentLinkedQueue<>();
    private final ArrayList<Change> changes = new ArrayList<>();
    private final ArrayList<Closing> closing = new ArrayList<>();
    private final Set<Kind> prepared = new HashSet<>();
    private final Doorbell deviceBell = new Doorbell(this::deviceSleepNs);
    private final Doorbell pacerBell = new Doorbell(this::pacerSleepNs);

    /**
     * Makes the path; its inference threads are started by {@link #startLanes}.
     *
     * @param clock tells how long things take; when they are due is told to each turn
     */
    public Pipeline(PipelineConfig config, Compositor compositor, NanoClock clock) {
        this(config, new HostDevice(compositor), clock);
    }

    /**
     * Makes the path; its inference threads are started by {@link #startLanes}.
     *
     * @param device borrowed; of the models' kind
     * @param clock tells how long things take; when they are due is told to each turn
     */
    public Pipeline(PipelineConfig config, Device device, NanoClock clock) {
        this.config = config;
        this.device = device;
        this.clock = clock;
        pacer = new Pacer(clock);
        rings = new RingMemory(config.audioRingBytes());
        lanes = new ArrayList<>();
        for (int i = 0; i < config.lanes(); i++) {
            lanes.add(new Lane(
                    "inference-" + i,
                    new FrameCompositor(device.newCompositor()),
                    config.laneDepth(),
                    clock,
                    new Doorbell(() -> LONG_SLEEP_NS),
                    deviceBell,
                    device.kind() == DeviceKind.CPU ? device.meters() : null));
        }
        batcher = new FrameBatcher(config.batches(), lanes, config.laneDepth());
    }

    /** Gives each lane its thread. {@code errors} hears of what no session can be blamed for. */
    public void startLanes(ErrorHandler errors) {
        for (final Lane lane : lanes) {
            final AgentRunner runner = new AgentRunner(lane.bell(), errors, null, lane);
            runners.add(runner);
            AgentRunner.startOnThread(runner);
        }
    }

    /**
     * Makes every inference thread ready for avatars of this model and patch size, which otherwise the first session would
     * pay for, and all others with it. Blocks for as long as loading and first calls take. Any thread but the path's.
     *
     * @param avatarSlot an avatar in the model's bank
     */
    public synchronized void prepare(LipSyncModel model, int patchSize, long avatarSlot) {
        if (prepared.add(new Kind(model, patchSize))) {
            for (final Lane lane : lanes) {
                lane.offer(Generator.prepare(
                        model, patchSize, avatarSlot, config.batches().maxRows()));
            }
        }
    }

    /** Opens a session. Any thread. */
    public MediaSession open(SessionConfig session, MediaSink sink) {
        final MediaSession opened = new MediaSession(config, rings, session, sink, clock, device);
        deviceCommands.add(() -> batcher.add(opened.track()));
        deviceBell.ring();
        pacerCommands.add(() -> pacer.add(opened.paced()));
        pacerBell.ring();
        return opened;
    }

    /**
     * Closes a session: its sink hears nothing from the pacer's next turn on. {@code closed} is run by the device thread
     * when no thread, the pacer's neither, holds anything of it any more, and its avatar's slot may be freed. Any thread.
     */
    public void close(MediaSession session, Runnable closed) {
        pacerCommands.add(() -> {
            pacer.remove(session.paced());
            deviceCommands.add(() -> {
                batcher.remove(session.track());
                closing.add(new Closing(session, closed));
            });
            deviceBell.ring();
        });
        pacerBell.ring();
    }

    /** How the device thread waits for its next turn, where it has one of its own. */
    public IdleStrategy deviceIdle() {
        return deviceBell;
    }

    /** How the pacer's thread waits for its next turn, likewise: by the absolute schedule of its ticks. */
    public IdleStrategy pacerIdle() {
        return pacerBell;
    }

    /** Speech has come, or is void: the device thread need not find out by itself. Any thread. */
    public void wakeDevice() {
        deviceBell.ring();
    }

    private long deviceSleepNs() {
        return batcher.isEmpty() && closing.isEmpty() ? LONG_SLEEP_NS : DEVICE_SLEEP_NS;
    }

    private long pacerSleepNs() {
        final long nowNs = clock.nanoTime();
        return pacer.nextTickNs(nowNs) - nowNs;
    }

    /**
     * Shows another avatar in a session, without a gap: frames that are planned keep the one before. Any thread, in order; before
     * {@link #close(MediaSession, Runnable)}.
     *
     * @param patchSize side of the avatar's patch, {@linkplain #prepare prepared}
     * @param loop the avatar's frames, of the session's model and frame size, in the bank until another is shown or the session is
     *     closed
     * @param done run by the device thread when nothing uses the avatar before any more: true once the new one has been shown,
     *     false if the session was closed before
     * @throws IllegalArgumentException if the frames are of another size
     */
    public void show(MediaSession session, int patchSize, List<AvatarFrame> loop, Consumer<Boolean> done) {
        for (final AvatarFrame frame : loop) {
            if (!session.isOfSize(frame.still())) {
                throw new IllegalArgumentException("a session keeps its size: frame="
                        + frame.still().width() + "x" + frame.still().height());
            }
        }
        final List<StillFrame> held = session.hold(loop);
        deviceCommands.add(() -> {
            final long mark = batcher.show(session.track(), patchSize, loop);
            changes.add(new Change(session, mark, session.replace(held), done));
        });
        deviceBell.ring();
    }

    /** How a session's face feels from its next frames on. Any thread. */
    public void feel(MediaSession session, Moods moods) {
        deviceCommands.add(() -> session.track().feel(moods));
        deviceBell.ring();
    }

    /** The device thread's turn. Returns how much was done. */
    public int stepDevice(long nowNs) {
        int work = 0;
        for (Runnable command = deviceCommands.poll(); command != null; command = deviceCommands.poll()) {
            command.run();
            work++;
        }
        work += batcher.doWork(nowNs);
        work += finishChanges();
        for (int i = closing.size() - 1; i >= 0; i--) {
            if (closing.get(i).session.track().inFlight() == 0) {
                final Closing ended = closing.remove(i);
                giveUpChanges(ended.session);
                ended.session.release();
                ended.closed.run();
                work++;
            }
        }
        return work;
    }

    private int finishChanges() {
        int work = 0;
        for (int i = 0; i < changes.size(); i++) {
            final Change change = changes.get(i);
            if (change.session.track().hasShownBeyond(change.mark)) {
                changes.remove(i--);
                change.finish(true);
                work++;
            }
        }
        return work;
    }

    /** Nothing more is shown of it. */
    private void giveUpChanges(MediaSession session) {
        for (int i = 0; i < changes.size(); i++) {
            if (changes.get(i).session == session) {
                changes.remove(i--).finish(false);
            }
        }
    }

    /** The pacer's turn. Returns how much was done. */
    public int stepPacer(long nowNs) {
        int work = 0;
        for (Runnable command = pacerCommands.poll(); command != null; command = pacerCommands.poll()) {
            command.run();
            work++;
        }
        return work + pacer.doWork(nowNs);
    }

    /** What is counted of all sessions' batches. Any thread. */
    public BatchMeters batchMeters() {
        return batcher.meters();
    }

    /** One turn of every lane, for tests and for a path without threads. */
    public int stepLanes() {
        int work = 0;
        for (int i = 0; i < lanes.size(); i++) {
            work += lanes.get(i).doWork();
        }
        return work;
    }

    /** Stops the lanes. Sessions must be closed before. */
    @Override
    public void close() {
        for (final AgentRunner runner : runners) {
            runner.close();
        }
        if (runners.isEmpty()) {
            for (final Lane lane : lanes) {
                lane.onClose();
            }
        }
    }

    private record Kind(LipSyncModel model, int patchSize) {}

    /** An avatar that was replaced after the frame {@code mark}, and what the device has of it. */
    private record Change(MediaSession session, long mark, List<StillFrame> before, Consumer<Boolean> done) {
        void finish(boolean isShown) {
            session.letGo(before);
            done.accept(isShown);
        }
    }

    private record Closing(MediaSession session, Runnable closed) {}
}
