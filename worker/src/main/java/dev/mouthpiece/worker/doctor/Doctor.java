package dev.mouthpiece.worker.doctor;

import dev.mouthpiece.model.CpuPrecision;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** All looks, one after the other: tens of seconds, most of them the models' golden results. */
public final class Doctor {
    private final Config config;
    private final Optional<String> liveKit;

    /**
     * A doctor for a worker of this configuration.
     *
     * @param liveKit URL of a server that is to be reached; empty for none
     */
    public Doctor(Config config, Optional<String> liveKit) {
        this.config = config;
        this.liveKit = liveKit;
    }

    /**
     * Looks at everything.
     *
     * @param listener told of each finding as it is made
     */
    public List<Finding> examine(Consumer<Finding> listener) {
        final List<Finding> findings = new ArrayList<>();
        final Consumer<Finding> found = finding -> {
            findings.add(finding);
            listener.accept(finding);
        };
        found.accept(MachineLook.java(Runtime.version().feature()));
        found.accept(MachineLook.room(config.home()));
        found.accept(EngineLook.webRtc());
        found.accept(EngineLook.libtorch());
        found.accept(EngineLook.device(config.worker().device()));
        found.accept(EngineLook.precision(CpuPrecision::choice));
        EngineLook.models(ModelCatalog.standard(), config.worker().model()).forEach(found);
        final StoreLook store = StoreLook.at(config.store());
        found.accept(store.database());
        found.accept(PortLook.http(config.server().host(), config.server().port()));
        found.accept(PortLook.udp(config.browser().minPort(), config.browser().maxPort()));
        final Optional<LiveKitLook> server = liveKit.map(LiveKitLook::at);
        server.ifPresent(look -> found.accept(look.server()));
        found.accept(ClockLook.clock(store.aheadMs(), server.flatMap(LiveKitLook::aheadMs)));
        return findings;
    }
}
