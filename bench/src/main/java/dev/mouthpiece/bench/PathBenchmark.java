package dev.mouthpiece.bench;

import dev.mouthpiece.device.HostCompositor;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.worker.media.MediaSession;
import dev.mouthpiece.worker.media.Pipeline;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.SessionConfig;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.audio.Segment;
import dev.mouthpiece.worker.media.batch.BatchLimits;
import dev.mouthpiece.worker.media.frame.FrameSlot;
import dev.mouthpiece.worker.media.pace.MediaSink;
import dev.mouthpiece.worker.media.pace.PaceLimits;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The path's own cost: one frame time (40 ms) of every session, from speech in to picture out, with a model that costs
 * nothing: batch forming, hand-overs, compositing of a small patch, pacing. In its steady state it allocates nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PathBenchmark {
    private static final int RATE_HZ = 24_000;
    private static final long TICK_NS = 10_000_000L;

    @Param({"1", "8", "32"})
    public int sessions;

    @Param({"true", "false"})
    public boolean speaking;

    private Pipeline pipeline;
    private MediaSession[] open;
    private final ByteBuffer frame = ByteBuffer.allocateDirect(RATE_HZ / 25 * 2);
    private long nowNs;

    @Setup
    public void openSessions() {
        final FreeModel model = new FreeModel();
        pipeline = new Pipeline(
                new PipelineConfig(
                        2,
                        1,
                        8,
                        1 << 20,
                        20,
                        new BatchLimits(8, 60_000_000L, 6, 10, 1, 20_000_000L),
                        PaceLimits.forLive()),
                new HostCompositor(),
                System::nanoTime);
        open = new MediaSession[sessions];
        for (int i = 0; i < sessions; i++) {
            final StillFrame still = new StillFrame(64, 64, ByteBuffer.allocateDirect(64 * 64 * 3));
            open[i] =
                    pipeline.open(new SessionConfig(model, FreeModel.SIDE, 0, still, 8, 8, i, true, 0), new NullSink());
            if (speaking) {
                open[i].audio().start(new PcmFormat(RATE_HZ, 1));
            }
        }
        for (int i = 0; i < 200; i++) {
            oneFrameTime();
        }
    }

    @Benchmark
    public long oneFrameTime() {
        for (int i = 0; speaking && i < sessions; i++) {
            frame.clear();
            open[i].audio().write(frame);
        }
        for (int tick = 0; tick < 4; tick++) {
            for (int turn = 0; turn < 1 + sessions / 4; turn++) {
                pipeline.stepDevice(nowNs);
                pipeline.stepLanes();
            }
            pipeline.stepDevice(nowNs);
            pipeline.stepPacer(nowNs);
            nowNs += TICK_NS;
        }
        return nowNs;
    }

    @TearDown
    public void close() {
        pipeline.close();
    }

    private static final class NullSink implements MediaSink {
        @Override
        public void onVideo(FrameSlot slot, boolean repeated) {}

        @Override
        public void onAudio(Segment segment, ByteBuffer pcm, ByteBuffer following) {}

        @Override
        public void onSilence() {}

        @Override
        public void onPlaybackStarted(long segmentId) {}

        @Override
        public void onPlaybackFinished(long segmentId, long positionUs, boolean interrupted) {}

        @Override
        public void onFailed(Throwable cause) {
            throw new IllegalStateException(cause);
        }
    }
}
