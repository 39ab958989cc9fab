package dev.mouthpiece.worker.live;

import dev.mouthpiece.worker.media.PipelineConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An engine without threads, whose clock the test holds. Shows test cards: the model {@code pattern}, nothing to load. */
final class SteppedEngine implements AutoCloseable {
    static final long TICK_NS = 10_000_000L;
    static final String SIZE = "128x128";

    final AvatarLibrary avatars =
            new AvatarLibrary(dev.mouthpiece.model.ModelCatalog.standard(), dev.mouthpiece.device.DeviceKind.CPU);
    final LiveEngine engine;
    final List<String> utterances = new java.util.ArrayList<>();
    long nowNs;
    /** What each look at the clock takes of it. */
    long lookNs;

    SteppedEngine(LiveObserver... observers) {
        engine = new LiveEngine(
                PipelineConfig.forLive(1), this::nowNs, LiveObserver.all(new Watching(), LiveObserver.all(observers)));
    }

    private long nowNs() {
        nowNs += lookNs;
        return nowNs;
    }

    AvatarLibrary.Loan borrow() {
        return borrow(SIZE);
    }

    AvatarLibrary.Loan borrow(String size) {
        return avatars.borrow(new AvatarLibrary.Order(
                "pattern", "none", Optional.of(dev.mouthpiece.worker.avatar.FrameSize.parse(size)), () -> {
                    throw new AssertionError("a pattern needs no picture");
                }));
    }

    LiveSession open(String id, LiveOutput output, LiveEvents events) {
        return engine.open(id, borrow(), 1, output, events, Runnable::run);
    }

    /** Lets time pass in steps of 1 ms, in which all threads have their turns. */
    void run(long ms) {
        for (long i = 0; i < ms; i++) {
            for (int turn = 0; turn < 6; turn++) {
                engine.stepDevice();
                engine.stepLanes();
            }
            engine.stepPacer();
            engine.stepObserver();
            nowNs += 1_000_000L;
        }
    }

    /** Beeps of 1 kHz, 80 ms at the start of every 400 ms, at 24 kHz. */
    static ByteBuffer beeps(int ms) {
        final int rate = 24_000;
        final ByteBuffer pcm = ByteBuffer.allocate(rate / 1000 * ms * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; pcm.hasRemaining(); i++) {
            final boolean on = i % (rate * 2 / 5) < rate * 2 / 25;
            pcm.putShort((short) (on ? 12_000 * Math.sin(2 * Math.PI * 1_000 * i / rate) : 0));
        }
        return pcm.flip();
    }

    /** A tone of 1 kHz. */
    static ByteBuffer tone(int rateHz, int ms) {
        final ByteBuffer pcm = ByteBuffer.allocate(rateHz / 1000 * ms * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; pcm.hasRemaining(); i++) {
            pcm.putShort((short) (12_000 * Math.sin(2 * Math.PI * 1_000 * i / rateHz)));
        }
        return pcm.flip();
    }

    static void say(LiveSession session, int ms) {
        if (!session.speech().begin(24_000, 1)) {
            throw new AssertionError("no room");
        }
        final ByteBuffer pcm = beeps(ms);
        session.speech().write(pcm);
        if (pcm.hasRemaining() || !session.speech().end()) {
            throw new AssertionError("no room");
        }
    }

    private final class Watching implements LiveObserver {
        @Override
        public void onUtterance(LiveSession session, Utterance u) {
            utterances.add("%s %d: picture %d ms after first byte, sound %d ms, %d pictures, %d repeats, at %d us%s"
                    .formatted(
                            session.id(),
                            u.segment(),
                            (u.firstPictureNs() - u.firstByteNs()) / 1_000_000,
                            (u.firstSoundNs() - u.firstByteNs()) / 1_000_000,
                            u.pictures(),
                            u.repeats(),
                            u.positionUs(),
                            u.isInterrupted() ? ", interrupted" : ""));
        }
    }

    /** Waits for what a thread of its own does. */
    static void await(CompletableFuture<Void> done) {
        done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        List.copyOf(engine.sessions()).forEach(LiveSession::close);
        run(20);
        engine.close();
        avatars.close();
    }
}
