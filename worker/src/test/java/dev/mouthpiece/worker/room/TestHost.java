package dev.mouthpiece.worker.room;

import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.devroom.RoomToken;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.testkit.LiveKitServer;
import java.util.Optional;

/** A room host with all that belongs to it, and a real LiveKit server. */
final class TestHost implements AutoCloseable {
    private static final String PORTRAIT = "av_stock_001";

    final LiveKitServer server = LiveKitServer.start();
    final RoomHost host;
    private final AvatarLibrary library = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
    private final LiveEngine engine = LiveEngine.start(PipelineConfig.forLive(2));

    TestHost() {
        host = new RoomHost(Rtc.load(), engine, NetworkConfig.DEFAULT);
    }

    /** Begins to join; what becomes of it is told to the story. */
    RoomSession join(RoomToken token, String model, RoomOrder.AudioSource source, Story story) {
        final var order = new RoomOrder(server.url(), token.mint(), source, null, false, null, 0);
        return host.join("test", order, face(model), 1, story);
    }

    AvatarLibrary.Loan face(String model) {
        return library.borrow(new AvatarLibrary.Order(
                model,
                PORTRAIT,
                Optional.of(FrameSize.USUAL),
                () -> PortraitReader.read(PORTRAIT, PlatformAvatars.picture(PORTRAIT), Integer.MAX_VALUE)));
    }

    @Override
    public void close() {
        engine.close();
        host.close();
        library.close();
        server.close();
    }
}
