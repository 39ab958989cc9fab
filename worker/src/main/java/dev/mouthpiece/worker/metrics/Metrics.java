package dev.mouthpiece.worker.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * The process's metrics. One per process; thread-safe. Names are given without unit or type: a counter {@code mouthpiece.frames}
 * is scraped as {@code mouthpiece_frames_total}, a gauge in {@code seconds} as {@code …_seconds}.
 */
public final class Metrics implements AutoCloseable {
    /** What {@link #scrape} gives. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM);
    private final Set<Group> groups = ConcurrentHashMap.newKeySet();
    private final Group process = new Group(this, Tags.empty());

    /** Makes it ready, with what the Java machine tells of itself: memory, threads, processor time, files, uptime. */
    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    /** All metrics in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }

    /** Meters of the process, which stay. */
    public Group process() {
        return process;
    }

    /**
     * Meters that go when the group is closed, such as those of a session.
     *
     * @param tags pairs of name and value, which each of its meters carries
     */
    public Group group(String... tags) {
        final var group = new Group(this, Tags.of(tags));
        groups.add(group);
        return group;
    }

    @Override
    public void close() {
        registry.close();
    }

    /** Meters that come and go together. Made by one thread; scraped by any. */
    public static final class Group implements AutoCloseable {
        private final Metrics metrics;
        private final Tags tags;
        private final List<Meter> meters = new ArrayList<>();
        /** Micrometer itself holds what a counter reads weakly: it would stand still when that is collected. */
        private final List<DoubleSupplier> values = new ArrayList<>();

        private Group(Metrics metrics, Tags tags) {
            this.metrics = metrics;
            this.tags = tags;
        }

        /**
         * A number that only rises.
         *
         * @param value read at each scrape; must not block
         * @param more pairs of name and value
         */
        public void counter(String name, String help, DoubleSupplier value, String... more) {
            values.add(value);
            add(FunctionCounter.builder(name, value, DoubleSupplier::getAsDouble)
                    .description(help)
                    .tags(tags.and(more))
                    .register(metrics.registry));
        }

        /**
         * A number that rises and falls; otherwise like {@link #counter}.
         *
         * @param unit ends the name; may be empty
         */
        public void gauge(String name, String help, String unit, DoubleSupplier value, String... more) {
            add(Gauge.builder(name, value, DoubleSupplier::getAsDouble)
                    .description(help)
                    .baseUnit(unit.isEmpty() ? null : unit)
                    .tags(tags.and(more))
                    .strongReference(true)
                    .register(metrics.registry));
        }

        /**
         * How long something takes, as a histogram in seconds.
         *
         * @param bounds upper bounds of its buckets, ascending
         */
        public Latency latency(String name, String help, List<Duration> bounds) {
            final Timer timer = Timer.builder(name)
                    .description(help)
                    .tags(tags)
                    .serviceLevelObjectives(bounds.toArray(Duration[]::new))
                    .register(metrics.registry);
            add(timer);
            return ns -> timer.record(ns, TimeUnit.NANOSECONDS);
        }

        private void add(Meter meter) {
            meters.add(meter);
        }

        /** Takes its meters away. */
        @Override
        public void close() {
            meters.forEach(metrics.registry::remove);
            meters.clear();
            values.clear();
            metrics.groups.remove(this);
        }
    }

    /** Takes times. Not for the threads of the media path: it may allocate. */
    @FunctionalInterface
    public interface Latency {
        void record(long ns);
    }
}
