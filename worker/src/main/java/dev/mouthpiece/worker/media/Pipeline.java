package dev.mouthpiece.worker.media;

import dev.mouthpiece.device.Compositor;
import dev.mouthpiece.worker.media.batch.FrameBatcher;
import dev.mouthpiece.worker.media.composite.FrameCompositor;
import dev.mouthpiece.worker.media.pace.MediaSink;
import dev.mouthpiece.worker.media.pace.Pacer;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;

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
    private final PipelineConfig config;
    private final List<Lane> lanes;
    private final List<AgentRunner> runners = new ArrayList<>();
    private final FrameBatcher batcher;
    private final Pacer pacer = new Pacer();
    private final ManyToOneConcurrentLinkedQueue<Runnable> deviceCommands = new ManyToOneConcurrentLinkedQueue<>();
    private final ManyToOneConcurrentLinkedQueue<Runnable> pacerCommands = new ManyToOneConcurrentLinkedQueue<>();
    private final ArrayList<Closing> closing = new ArrayList<>();

    /** Makes the path; its inference threads are started by {@link #startLanes}. */
    public Pipeline(PipelineConfig config, Compositor compositor) {
        this.config = config;
        lanes = new ArrayList<>();
        for (int i = 0; i < config.lanes(); i++) {
            lanes.add(new Lane("inference-" + i, new FrameCompositor(compositor), config.laneDepth()));
        }
        batcher = new FrameBatcher(config.batches(), lanes, config.laneDepth());
    }

    /** Gives each lane its thread. {@code errors} hears of what no session can be blamed for. */
    public void startLanes(ErrorHandler errors) {
        for (final Lane lane : lanes) {
            final var idle = new BackoffIdleStrategy(20, 20, 10_000, 500_000);
            final AgentRunner runner = new AgentRunner(idle, errors, null, lane);
            runners.add(runner);
            AgentRunner.startOnThread(runner);
        }
    }

    /** Opens a session. Any thread. */
    public MediaSession open(SessionConfig session, MediaSink sink) {
        final MediaSession opened = new MediaSession(config, session, sink);
        deviceCommands.add(() -> batcher.add(opened.track()));
        pacerCommands.add(() -> pacer.add(opened.paced()));
        return opened;
    }

    /**
     * Closes a session: its sink hears nothing from the pacer's next turn on. {@code closed} is run by the device thread
     * when no thread holds anything of it any more, and its avatar's slot may be freed. Any thread.
     */
    public void close(MediaSession session, Runnable closed) {
        pacerCommands.add(() -> pacer.remove(session.paced()));
        deviceCommands.add(() -> {
            batcher.remove(session.track());
            closing.add(new Closing(session, closed));
        });
    }

    /** The device thread's turn. Returns how much was done. */
    public int stepDevice(long nowNs) {
        int work = 0;
        for (Runnable command = deviceCommands.poll(); command != null; command = deviceCommands.poll()) {
            command.run();
            work++;
        }
        work += batcher.doWork(nowNs);
        for (int i = closing.size() - 1; i >= 0; i--) {
            if (closing.get(i).session.track().inFlight() == 0) {
                closing.remove(i).closed.run();
                work++;
            }
        }
        return work;
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

    private record Closing(MediaSession session, Runnable closed) {}
}
