package dev.mouthpiece.worker.media;

import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.device.DeviceMeters;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.worker.media.composite.FrameCompositor;
import dev.mouthpiece.worker.media.frame.Batch;
import dev.mouthpiece.worker.media.frame.BatchQueue;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import dev.mouthpiece.worker.media.generate.Generator;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * One inference thread: takes a batch, generates, composites, gives it back.
 *
 * <p>{@link #submit}, {@link #hasRoom} and {@link #pollDone} are the device thread's, {@link #doWork} the lane's own. Where
 * a call of the model fails for a batch of several rows, each row is tried alone, so that the failure ends the one session
 * that causes it. Errors count too, such as no more memory: a batch always comes back. A lost device is thrown as well, to the
 * agent's error handler.
 */
final class Lane implements Agent, BatchQueue {
    private final String name;
    private final int depth;
    private final NanoClock clock;
    private final Generator generator = new Generator();
    private final FrameCompositor compositor;
    private final Doorbell bell;
    private final Doorbell deviceBell;
    private final @Nullable DeviceMeters meters;
    private final OneToOneConcurrentArrayQueue<Batch> submitted;
    private final OneToOneConcurrentArrayQueue<Batch> done;
    private final ManyToOneConcurrentLinkedQueue<Generator.Prepared> prepared = new ManyToOneConcurrentLinkedQueue<>();

    // Device thread.
    private int inHand;

    // Inference thread: set once the device is lost.
    private @Nullable DeviceException lost;

    /**
     * @param depth batches that the lane may have in hand
     * @param clock tells how long batches take
     * @param bell wakes its own thread
     * @param deviceBell wakes the thread that takes what is done
     * @param meters get the stages' times by the clock; null where the device times its own
     */
    Lane(
            String name,
            FrameCompositor compositor,
            int depth,
            NanoClock clock,
            Doorbell bell,
            Doorbell deviceBell,
            @Nullable DeviceMeters meters) {
        this.name = name;
        this.meters = meters;
        this.clock = clock;
        this.bell = bell;
        this.deviceBell = deviceBell;
        this.compositor = compositor;
        this.depth = depth;
        submitted = new OneToOneConcurrentArrayQueue<>(Math.max(2, depth));
        done = new OneToOneConcurrentArrayQueue<>(Math.max(2, depth));
    }

    @Override
    public boolean hasRoom() {
        return inHand < depth;
    }

    @Override
    public void submit(Batch batch) {
        if (!submitted.offer(batch)) {
            throw new IllegalStateException("lane is full: inHand=" + inHand);
        }
        inHand++;
        bell.ring();
    }

    @Override
    public @Nullable Batch pollDone() {
        final Batch batch = done.poll();
        if (batch != null) {
            inHand--;
        }
        return batch;
    }

    /** Hands over an encoder and a renderer, so that the lane need not make them. Any thread. */
    void offer(Generator.Prepared runners) {
        prepared.add(runners);
        bell.ring();
    }

    /** How its thread waits for the next batch. */
    Doorbell bell() {
        return bell;
    }

    @Override
    public int doWork() {
        for (Generator.Prepared next = prepared.poll(); next != null; next = prepared.poll()) {
            generator.adopt(next);
        }
        final Batch batch = submitted.poll();
        if (batch == null) {
            return 0;
        }
        batch.started(clock.nanoTime());
        switch (batch) {
            case SpeechBatch speech -> encode(speech);
            case RenderBatch render -> render(render);
        }
        batch.finished(clock.nanoTime());
        if (meters != null) {
            count(meters, batch);
        }
        done.offer(batch);
        deviceBell.ring();
        if (lost != null) {
            // Every session is told by its batch; what becomes of the process is for its owner.
            throw lost;
        }
        return 1;
    }

    @Override
    public String roleName() {
        return name;
    }

    @Override
    public void onClose() {
        for (Generator.Prepared left = prepared.poll(); left != null; left = prepared.poll()) {
            left.discard();
        }
        generator.close();
        compositor.close();
    }

    private void encode(SpeechBatch batch) {
        try {
            generator.encode(batch);
        } catch (final Throwable e) {
            noteLoss(e);
            for (int row = 0; row < batch.rows(); row++) {
                batch.fail(row, e);
            }
        }
    }

    private static void count(DeviceMeters meters, Batch batch) {
        final long tookNs = batch.finishedNs() - batch.startedNs();
        if (batch instanceof SpeechBatch) {
            meters.took(DeviceStage.FEATURES, tookNs);
            return;
        }
        // Where the model failed, there was nothing to composite.
        final long compositeNs =
                batch.generatedNs() - batch.startedNs() < 0 ? 0 : batch.finishedNs() - batch.generatedNs();
        meters.took(DeviceStage.GENERATE, tookNs - compositeNs);
        meters.took(DeviceStage.COMPOSITE, compositeNs);
    }

    private void noteLoss(Throwable e) {
        if (e instanceof DeviceException failure && failure.isLost()) {
            lost = failure;
        }
    }

    private void render(RenderBatch batch) {
        if (tryRender(batch, 0, batch.rows()) == null) {
            return;
        }
        for (int row = 0; row < batch.rows(); row++) {
            final Throwable failure = tryRender(batch, row, 1);
            if (failure != null) {
                batch.fail(row, failure);
            }
        }
    }

    private @Nullable Throwable tryRender(RenderBatch batch, int first, int count) {
        try {
            generator.render(batch, first, count);
            batch.generated(clock.nanoTime());
            compositor.composite(batch, first, count);
            return null;
        } catch (final Throwable e) {
            noteLoss(e);
            return e;
        }
    }
}
