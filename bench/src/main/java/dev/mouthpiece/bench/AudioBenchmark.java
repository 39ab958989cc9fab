package dev.mouthpiece.bench;

import dev.mouthpiece.worker.media.audio.AudioRing;
import dev.mouthpiece.worker.media.audio.AudioTimeline;
import dev.mouthpiece.worker.media.audio.PcmFormat;
import dev.mouthpiece.worker.media.audio.Resampler;
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
import org.openjdk.jmh.annotations.Warmup;

/** What 20 ms of speech cost on their way in: through the ring, resampled, stored for ears and lips. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AudioBenchmark {
    @Param({"16000", "24000", "48000"})
    public int rateHz;

    private AudioRing ring;
    private AudioTimeline timeline;
    private ByteBuffer pcm;
    private Resampler resampler;
    private final float[] out = new float[1_024];

    @Setup
    public void open() {
        ring = new AudioRing(1 << 20, System::nanoTime);
        timeline = new AudioTimeline(ring, 16_000, 10);
        ring.start(new PcmFormat(rateHz, 1));
        pcm = ByteBuffer.allocateDirect(rateHz / 50 * 2);
        for (int i = 0; i < pcm.capacity(); i++) {
            pcm.put(i, (byte) (i * 31));
        }
        resampler = new Resampler(rateHz, 16_000);
    }

    /** Callback and device thread together: write, drain, and release what was played. */
    @Benchmark
    public long throughRingAndTimeline() {
        pcm.clear();
        ring.write(pcm);
        timeline.drain(true);
        final var segment = timeline.segment(1);
        timeline.ears().release(segment.earsEnd());
        timeline.releaseMono(segment, Long.MAX_VALUE / 4);
        return segment.earsEnd();
    }

    @Benchmark
    public int resample() {
        final int samples = rateHz / 50;
        int n = 0;
        for (int i = 0; i < samples; i++) {
            resampler.put(i);
            if (i % resampler.roomSamples() == 0) {
                n += resampler.take(out, 0, out.length);
            }
        }
        return n + resampler.take(out, 0, out.length);
    }
}
