package dev.mouthpiece.worker.live;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceMemory;
import dev.mouthpiece.device.DeviceMeters;
import dev.mouthpiece.device.DeviceStage;
import dev.mouthpiece.worker.metrics.Metrics;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** A device as metrics: its time by stage, its memory, its copies. Each carries the device's name as {@code device}. */
final class DeviceMetrics {
    private static final double NS = 1e-9;
    private static final String MEMORY =
            "Memory of the device, and in it avatars' pictures; pinned is host memory that it writes pictures into";

    private DeviceMetrics() {}

    /**
     * Registers them, for as long as the process lives.
     *
     * @param device asked at each scrape
     * @param lanes inference threads on it: what a stage's seconds a second are a share of
     */
    static void watch(Metrics metrics, Device device, int lanes) {
        final Metrics.Group all = metrics.process();
        final DeviceMeters meters = device.meters();
        final String id = device.id();
        all.gauge("mouthpiece.device.lanes", "Inference threads of the device", "", () -> lanes, "device", id);
        for (final DeviceStage stage : DeviceStage.values()) {
            all.counter(
                    "mouthpiece.device.stage.seconds",
                    "Time of the device's inference threads by what it goes to",
                    () -> meters.ns(stage) * NS,
                    "device",
                    id,
                    "stage",
                    stage.name().toLowerCase(Locale.ROOT));
        }
        memory(all, device, "used", DeviceMemory::used);
        memory(all, device, "total", DeviceMemory::total);
        memory(all, device, "pictures", DeviceMemory::pictures);
        memory(all, device, "pinned", DeviceMemory::pinned);
        all.counter("mouthpiece.device.copies", "Copies between host and device", () -> meters.copies(), "device", id);
        copied(all, id, "to_device", meters::bytesToDevice);
        copied(all, id, "to_host", meters::bytesToHost);
    }

    private static void memory(Metrics.Group all, Device device, String state, ToLongFunction<DeviceMemory> value) {
        all.gauge(
                "mouthpiece.device.memory",
                MEMORY,
                "bytes",
                () -> value.applyAsLong(device.memory()),
                "device",
                device.id(),
                "state",
                state);
    }

    private static void copied(Metrics.Group all, String id, String direction, LongSupplier value) {
        all.counter(
                "mouthpiece.device.copied.bytes",
                "Bytes between host and device: copied, and pictures that the kernel writes to the host",
                value::getAsLong,
                "device",
                id,
                "direction",
                direction);
    }
}
