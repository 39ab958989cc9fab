package dev.mouthpiece.worker.capacity;

import dev.mouthpiece.device.BatchCompositor;
import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.device.I420Frame;
import dev.mouthpiece.device.Patches;
import dev.mouthpiece.device.StillFrame;
import dev.mouthpiece.device.cuda.CudaDevice;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.PatchRenderer;
import dev.mouthpiece.worker.capacity.CapacityCurve.BatchCost;
import dev.mouthpiece.worker.capacity.CapacityCurve.Trial;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.batch.BatchCosts;
import dev.mouthpiece.worker.media.frame.AvatarFrame;
import dev.mouthpiece.worker.rtc.Rtc;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Measures a {@link CapacityCurve}. Belongs to one thread; model, avatar and device are borrowed. */
public final class CapacityMeter {
    private static final int CALLS = 9;

    private final Device device;
    private final LipSyncModel model;
    private final int patchSize;
    private final AvatarFrame avatar;
    private final Function<BatchCosts, PipelineConfig> path;
    private final double seconds;
    private final @Nullable Rtc rtc;
    private final Consumer<String> log;

    /**
     * @param avatar of the model's bank, its picture of the size to be measured
     * @param path gives what the sessions will run in, by what batches cost
     * @param seconds how long a number of sessions speaks in each trial, from 1
     * @param rtc encodes the pictures as live rooms do; null where they are thrown away
     * @param log hears a line for each step
     */
    public CapacityMeter(
            Device device,
            LipSyncModel model,
            int patchSize,
            AvatarFrame avatar,
            Function<BatchCosts, PipelineConfig> path,
            double seconds,
            @Nullable Rtc rtc,
            Consumer<String> log) {
        this.device = device;
        this.model = model;
        this.patchSize = patchSize;
        this.avatar = avatar;
        this.path = path;
        this.seconds = seconds;
        this.rtc = rtc;
        this.log = log;
    }

    /** What was kept of this model on this device, in frames of this size. */
    public static Optional<CapacityCurve> kept(Device device, LipSyncModel model, int width, int height) {
        return CapacityCurve.load(nameOf(device), nameOf(model), width + "x" + height);
    }

    private static String nameOf(LipSyncModel model) {
        return model.manifest().name() + "-" + model.manifest().version();
    }

    /** A device without what changes from start to start: the key of what was measured on it. */
    public static String nameOf(Device device) {
        return device instanceof CudaDevice cuda
                ? cuda.name()
                : "cpu-" + Runtime.getRuntime().availableProcessors();
    }

    /**
     * Measures batches, then sessions: twice as many each time until cadence is lost, then between the last two numbers.
     *
     * @param mostSessions where to stop
     */
    public CapacityCurve measure(int mostSessions) {
        final List<BatchCost> batches = batches();
        final PipelineConfig config = path.apply(CapacityCurve.costs(batches));
        final List<Trial> trials = new ArrayList<>();
        int holds = 0;
        int fails = mostSessions + 1;
        for (int n = 1; holds < mostSessions && fails - holds > 1; ) {
            final Trial trial = new SessionTrial(device, model, patchSize, avatar, config, rtc).run(n, seconds);
            trials.add(trial);
            log.accept(n + " sessions: " + (trial.holds() ? "hold cadence" : "do not hold cadence"));
            if (trial.holds()) {
                holds = n;
            } else {
                fails = n;
            }
            n = fails > mostSessions ? Math.min(mostSessions, 2 * n) : (holds + fails) / 2;
            if (n == 0) {
                break;
            }
        }
        final StillFrame still = avatar.still();
        return new CapacityCurve(
                nameOf(device),
                nameOf(model),
                still.width() + "x" + still.height(),
                rtc == null ? CapacityCurve.NOT_ENCODED : "h264",
                holds,
                bound(trials, fails > mostSessions),
                Runtime.getRuntime().availableProcessors(),
                model.manifest().fps(),
                batches,
                List.copyOf(trials),
                Instant.now().toString());
    }

    /** What was used up in the smallest trial that failed. */
    private String bound(List<Trial> trials, boolean unbounded) {
        if (unbounded) {
            return "not reached: more were not tried";
        }
        return bound(trials.stream()
                .filter(trial -> !trial.holds())
                .min((a, b) -> Integer.compare(a.sessions(), b.sessions()))
                .orElseThrow());
    }

    private String bound(Trial failed) {
        if (failed.coresBusy() > 0.9 * Runtime.getRuntime().availableProcessors()) {
            return rtc == null
                    ? "the processors"
                    : String.format(
                            Locale.ROOT,
                            "the processors: %.1f of %.1f cores in use encode H.264, more send it",
                            failed.encodersBusy(),
                            failed.coresBusy());
        }
        if (failed.lanesBusy() > 0.85) {
            return device.kind() == DeviceKind.CUDA ? boundOfDevice(failed) : "the inference threads";
        }
        if (failed.missed() <= SessionTrial.MISSED_ALLOWED) {
            return "the H.264 encoders, which leave pictures out";
        }
        return "neither processors nor inference threads: something else delayed frames";
    }

    /** Its threads never rest: what they mostly wait for is what the device has no more of. */
    private static String boundOfDevice(Trial failed) {
        final double copies = failed.stages().getOrDefault(DeviceStage.COPY, 0.0);
        final double kernels = failed.stages().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .sum()
                - copies;
        final DeviceStage most = failed.stages().entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElseThrow();
        return copies > kernels
                ? "the copies to and from the device"
                : "the device: mostly " + most.name().toLowerCase(Locale.ROOT);
    }

    /** What batches cost, measured on a thread of its own: an inference thread's renderer and stream end with it. */
    public List<BatchCost> batches() {
        try (var thread = Executors.newSingleThreadExecutor()) {
            return thread.submit((Callable<List<BatchCost>>) this::measureBatches)
                    .get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    private List<BatchCost> measureBatches() {
        final List<BatchCost> costs = new ArrayList<>();
        final List<Integer> buckets = model.manifest().requireRender().batchBuckets();
        final List<I420Frame> frames = new ArrayList<>();
        device.hold(avatar.still());
        try (PatchRenderer renderer = model.newRenderer(patchSize);
                BatchCompositor compositor = device.newCompositor()) {
            for (int i = 0; i < buckets.getLast(); i++) {
                frames.add(device.frames()
                        .take(avatar.still().width(), avatar.still().height()));
            }
            for (final int bucket : buckets) {
                costs.add(measure(renderer, compositor, bucket, frames));
                log.accept("batches of " + bucket + " measured");
            }
        } finally {
            frames.forEach(device.frames()::give);
            device.release(avatar.still());
        }
        return List.copyOf(costs);
    }

    private BatchCost measure(PatchRenderer renderer, BatchCompositor compositor, int bucket, List<I420Frame> frames) {
        final Patches patches = new Patches();
        final double[] renderMs = new double[CALLS];
        final double[] compositeMs = new double[CALLS];
        for (int row = 0; row < bucket; row++) {
            renderer.slots(bucket).put(row, avatar.slot());
        }
        // The first two calls of a size are slower.
        for (int call = -2; call < CALLS; call++) {
            final long startNs = System.nanoTime();
            renderer.render(bucket, bucket, patches);
            // On a GPU the renderer's kernels are only queued by now: an empty batch waits for them.
            compositor.begin(patches, patchSize);
            compositor.finish();
            final long renderedNs = System.nanoTime();
            compositor.begin(patches, patchSize);
            for (int row = 0; row < bucket; row++) {
                compositor.add(avatar.still(), row, avatar.place(), 1, frames.get(row));
            }
            compositor.finish();
            if (call >= 0) {
                renderMs[call] = (renderedNs - startNs) / 1e6;
                compositeMs[call] = (System.nanoTime() - renderedNs) / 1e6;
            }
        }
        Arrays.sort(renderMs);
        Arrays.sort(compositeMs);
        final double render = renderMs[CALLS / 2];
        final double composite = compositeMs[CALLS / 2];
        return new BatchCost(bucket, render, composite, 1000 * bucket / (render + composite));
    }
}
