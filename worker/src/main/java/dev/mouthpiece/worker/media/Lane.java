package dev.mouthpiece.worker.media;

import dev.mouthpiece.worker.media.composite.FrameCompositor;
import dev.mouthpiece.worker.media.frame.Batch;
import dev.mouthpiece.worker.media.frame.BatchQueue;
import dev.mouthpiece.worker.media.frame.RenderBatch;
import dev.mouthpiece.worker.media.frame.SpeechBatch;
import dev.mouthpiece.worker.media.generate.Generator;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * One inference thread: takes a batch, generates, composites, gives it back.
 *
 * <p>{@link #submit}, {@link #hasRoom} and {@link #pollDone} are the device thread's, {@link #doWork} the lane's own. Where
 * a call of the model fails for a batch of several rows, each row is tried alone, so that the failure ends the one session
 * that causes it.
 */
final class Lane implements Agent, BatchQueue {
    private final String name;
    private final int depth;
    private final Generator generator = new Generator();
    private final FrameCompositor compositor;
    private final OneToOneConcurrentArrayQueue<Batch> submitted;
    private final OneToOneConcurrentArrayQueue<Batch> done;

    // Device thread.
    private int inHand;

    /** @param depth batches that the lane may have in hand */
    Lane(String name, FrameCompositor compositor, int depth) {
        this.name = name;
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
    }

    @Override
    public @Nullable Batch pollDone() {
        final Batch batch = done.poll();
        if (batch != null) {
            inHand--;
        }
        return batch;
    }

    @Override
    public int doWork() {
        final Batch batch = submitted.poll();
        if (batch == null) {
            return 0;
        }
        switch (batch) {
            case SpeechBatch speech -> encode(speech);
            case RenderBatch render -> render(render);
        }
        done.offer(batch);
        return 1;
    }

    @Override
    public String roleName() {
        return name;
    }

    @Override
    public void onClose() {
        generator.close();
    }

    private void encode(SpeechBatch batch) {
        try {
            generator.encode(batch);
        } catch (final RuntimeException e) {
            for (int row = 0; row < batch.rows(); row++) {
                batch.fail(row, e);
            }
        }
    }

    private void render(RenderBatch batch) {
        if (tryRender(batch, 0, batch.rows()) == null) {
            return;
        }
        for (int row = 0; row < batch.rows(); row++) {
            final RuntimeException failure = tryRender(batch, row, 1);
            if (failure != null) {
                batch.fail(row, failure);
            }
        }
    }

    private @Nullable RuntimeException tryRender(RenderBatch batch, int first, int count) {
        try {
            generator.render(batch, first, count);
            compositor.composite(batch, first, count);
            return null;
        } catch (final RuntimeException e) {
            return e;
        }
    }
}
