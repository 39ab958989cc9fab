package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.device.DeviceException;
import dev.mouthpiece.model.FaceFinder;
import dev.mouthpiece.model.LipSyncModel;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.ModelPackage;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.api.BrowserDoor;
import dev.mouthpiece.worker.avatar.AvatarLoader;
import dev.mouthpiece.worker.avatar.Footage;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.config.Browser;
import dev.mouthpiece.worker.config.Config;
import dev.mouthpiece.worker.config.Key;
import dev.mouthpiece.worker.film.Videos;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.live.LiveMetrics;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.metrics.Metrics;
import dev.mouthpiece.worker.room.RoomHost;
import dev.mouthpiece.worker.rtc.IceServer;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.PeerConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.session.SessionRunner;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.transport.BrowserRunner;
import dev.mouthpiece.worker.transport.Faces;
import dev.mouthpiece.worker.transport.RoomRunner;
import dev.mouthpiece.worker.transport.Transports;
import dev.mouthpiece.worker.whep.WhepConfig;
import dev.mouthpiece.worker.whep.WhepHost;
import dev.mouthpiece.worker.whep.WhepRooms;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The media half of a worker: models, engine, WebRTC and the transports, loaded and warm. Made and closed by the command's thread. */
final class LiveParts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveParts.class);

    private final Device device;
    private final AvatarLibrary library;
    private final LiveEngine engine;
    private final Metrics metrics;
    private final WhepRooms rooms = new WhepRooms();
    private final WhepHost host;
    private final RoomHost roomHost;
    private final String node = UUID.randomUUID().toString();
    private final String model;

    private final List<IceServer> iceServers;

    private LiveParts(
            Rtc rtc,
            Device device,
            AvatarLibrary library,
            LiveEngine engine,
            Metrics metrics,
            String model,
            Browser browser) {
        this.device = device;
        this.library = library;
        this.metrics = metrics;
        this.engine = engine;
        this.model = model;
        this.iceServers = browser.ice().stream()
                .map(ice -> new IceServer(List.of(ice.url()), ice.user(), ice.secret()))
                .toList();
        this.host = new WhepHost(rtc, engine, config(browser, iceServers), rooms);
        this.roomHost = new RoomHost(rtc, engine, NetworkConfig.DEFAULT);
    }

    private static WhepConfig config(Browser browser, List<IceServer> iceServers) {
        final WhepConfig usual = WhepConfig.DEFAULT;
        final var network = new NetworkConfig(browser.minPort(), browser.maxPort(), true, true, browser.address());
        return new WhepConfig(
                new PeerConfig(iceServers, false, network),
                usual.media(),
                browser.viewers(),
                usual.maxSpeakers(),
                usual.unwatchedSeconds());
    }

    /**
     * Loads everything, so that the first session pays for nothing: the usual portrait stands ready at the usual size. Blocks for seconds.
     *
     * @param log hears which device computes
     */
    static LiveParts load(Config config, Consumer<String> log) {
        Models.startEngine();
        final Background<Rtc> rtc = Background.start("rtc", () -> {
            final Rtc loaded = Rtc.load();
            loaded.warmUp();
            return loaded;
        });
        final Device device =
                DeviceChoice.open(Key.WORKER_DEVICE.path(), config.worker().device(), log);
        final var library = new AvatarLibrary(ModelCatalog.standard(), device.kind(), AvatarDisk.of(config.home()));
        final Background<FaceFinder> faces = Background.start("faces", library::faces);
        final String model = config.worker().model();
        try {
            final LipSyncModel loaded = library.model(model);
            final var metrics = new Metrics();
            final var observer = new LiveMetrics(metrics);
            final LiveEngine engine = LiveEngine.start(path(device, model, loaded), device, observer, LiveParts::leave);
            observer.watch(engine);
            faces.join();
            warmUp(library, engine, model);
            final var parts = new LiveParts(rtc.join(), device, library, engine, metrics, model, config.browser());
            parts.roomHost.warmUp();
            return parts;
        } catch (RuntimeException e) {
            library.close();
            device.close();
            throw e;
        }
    }

    private static PipelineConfig path(Device device, String model, LipSyncModel loaded) {
        final ModelPackage files = ModelCatalog.standard().open(model);
        final var measure = new DeviceMeasure(device, files, loaded, FrameSize.USUAL, null);
        return DeviceChoice.path(device, loaded, measure.costs(LOG::debug));
    }

    private static void warmUp(AvatarLibrary library, LiveEngine engine, String model) {
        try (AvatarLibrary.Loan usual =
                Faces.platform(library, model, PlatformAvatars.all().getFirst().id(), FrameSize.USUAL)) {
            engine.prepare(usual);
        }
    }

    /** Nothing can be closed in order any more: the lease runs out, and other workers take the sessions over. */
    private static void leave(DeviceException lost) {
        LOG.error("the device is lost: {}", lost.getMessage());
        DeviceChoice.leave(lost);
    }

    Device device() {
        return device;
    }

    AvatarLibrary library() {
        return library;
    }

    LiveEngine engine() {
        return engine;
    }

    /** What its sessions tell of themselves. */
    Metrics metrics() {
        return metrics;
    }

    WhepRooms rooms() {
        return rooms;
    }

    /** How many watch a session that is on air here. */
    int viewers(String session) {
        return host.viewers(session);
    }

    /** What the queue calls this process. */
    String node() {
        return node;
    }

    SessionRunner runner(Avatars avatars) {
        final var faces = new Faces(library, avatars, model);
        return new Transports(new BrowserRunner(host, rooms, faces), new RoomRunner(roomHost, faces));
    }

    /** What is wrong with a portrait; empty for nothing. */
    Optional<String> whatIsWrong(String name, byte[] file) {
        try {
            final var loader = new AvatarLoader(library.faces(), library.model(model));
            final Optional<FrameSize> size = Optional.of(FrameSize.USUAL);
            if (Videos.isVideo(file)) {
                try (Footage footage = Videos.open(name, file)) {
                    loader.check(name, footage, size);
                }
            } else {
                loader.check(name, PortraitReader.read(name, file, Integer.MAX_VALUE), size);
            }
            return Optional.empty();
        } catch (BadInputException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Lets browsers in. */
    BrowserDoor door() {
        return new BrowserDoor() {
            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public String node() {
                return node;
            }

            @Override
            public String token(String session) {
                return rooms.token(session);
            }

            @Override
            public void expect(String session) {
                rooms.expect(session, rooms.token(session));
            }

            @Override
            public List<Map<String, Object>> iceServers() {
                return iceServers.stream()
                        .map(server -> server.username().isEmpty()
                                ? Map.<String, Object>of("urls", server.urls())
                                : Map.<String, Object>of(
                                        "urls",
                                        server.urls(),
                                        "username",
                                        server.username(),
                                        "credential",
                                        server.credential()))
                        .toList();
            }
        };
    }

    @Override
    public void close() {
        host.close();
        engine.close();
        roomHost.close();
        library.close();
        device.close();
    }
}
