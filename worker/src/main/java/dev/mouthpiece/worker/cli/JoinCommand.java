package dev.mouthpiece.worker.cli;

import dev.mouthpiece.device.Device;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.model.load.Models;
import dev.mouthpiece.worker.BadInputException;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.live.LiveObserver;
import dev.mouthpiece.worker.live.UtteranceTrace;
import dev.mouthpiece.worker.livekit.LiveKit;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.media.batch.BatchCosts;
import dev.mouthpiece.worker.room.RoomHost;
import dev.mouthpiece.worker.room.RoomOrder;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mouthpiece join}: one session without a queue. */
@Command(
        name = "join",
        header = "Puts a talking face into one LiveKit room.",
        description = {
            "",
            "Joins the room that the token names, publishes the face and listens: to an",
            "agent's speech by the avatar protocol of livekit-agents, or to a participant's",
            "microphone. Says what happens. Ctrl-C leaves the room."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mouthpiece join --url ws://localhost:7880 --token eyJ…",
            "  MOUTHPIECE_TOKEN=eyJ… mouthpiece join --url wss://my.livekit.example \\",
            "    --portrait me.jpg --size 512x512",
            "  mouthpiece join --url … --token … --audio-source track --identity alice",
            "",
            "`mouthpiece dev-room` starts a server on this machine and prints such a line.",
            "Exit codes: 0 the session ended as somebody wanted; 2 the call, URL or token is",
            "wrong; 1 it failed; 130 left because of Ctrl-C."
        })
final class JoinCommand implements Callable<Integer> {
    private static final String SESSION = "join";
    private static final String TOKEN_VARIABLE = "MOUTHPIECE_TOKEN";
    private static final String URL_VARIABLE = "LIVEKIT_URL";
    private static final int MIN_KBPS = 100;
    private static final int MAX_KBPS = 20_000;

    private final Terminal terminal;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The LiveKit server: ws, wss, http or https. Default: $" + URL_VARIABLE + ".")
    private @Nullable String url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "The avatar's token for the room. Better: $" + TOKEN_VARIABLE
                    + ", which other users of this machine cannot see.")
    private @Nullable String token;

    @Option(
            names = "--portrait",
            paramLabel = "PORTRAIT",
            defaultValue = "av_stock_001",
            description = "A picture of one face, or the name of a demo portrait. Default: ${DEFAULT-VALUE}.")
    private String portrait = "av_stock_001";

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            defaultValue = "puppet",
            description = "The lip-sync model: see `mouthpiece model list`. Default: ${DEFAULT-VALUE}.")
    private String model = "puppet";

    @Option(
            names = {"-s", "--size"},
            paramLabel = "WxH",
            description = "Size of the picture, even numbers. Default: 368x560, or less where the portrait is cropped.")
    private @Nullable String size;

    @Option(
            names = "--audio-source",
            paramLabel = "SOURCE",
            defaultValue = "data_stream",
            description =
                    "Where speech comes from: data_stream (an agent), track (a microphone). Default: data_stream.")
    private String source = "data_stream";

    @Option(
            names = "--identity",
            paramLabel = "NAME",
            description =
                    "Whose speech is played. Default: whom the token names (lk.publish_on_behalf), else the first.")
    private @Nullable String identity;

    @Option(names = "--sine", description = "A tone speaks when nobody is in the room after ten seconds.")
    private boolean sine;

    @Option(
            names = "--bitrate",
            paramLabel = "KBPS",
            defaultValue = "0",
            description = "Ceiling of the picture's bit rate. Default: what suits its size, 1000 for 368x560.")
    private int kbps;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "auto",
            description = "What computes: auto (a GPU where there is one), cpu, cuda or cuda:N. Default: auto.")
    private String deviceChoice = "auto";

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Chooses how the face blinks, looks and sways. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "Write one line of JSON per utterance: when its first part was where.")
    private @Nullable Path trace;

    @Option(
            names = {"-q", "--quiet"},
            description = "Say nothing but errors.")
    private boolean isQuiet;

    JoinCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        final RoomOrder order = order();
        order.check();
        final Optional<FrameSize> frame = Optional.ofNullable(size).map(FrameSize::parse);
        try (UtteranceTrace writer = trace == null ? null : new UtteranceTrace(trace)) {
            return run(order, frame, writer == null ? new LiveObserver() {} : writer);
        }
    }

    private int run(RoomOrder order, Optional<FrameSize> frame, LiveObserver observer) {
        // Somebody waits: what the room needs and what the face needs are loaded side by side.
        Models.startEngine();
        final Background<Rtc> rtc = Background.start("rtc", Rtc::load);
        final Background<LiveKit> liveKit = Background.start("room", JoinCommand::warmLiveKit);
        final NewFace ahead = NewFace.read(model, portrait, frame);
        // Looking for a GPU's driver waits for the engine's libraries.
        try (Device device = DeviceChoice.open("--device", deviceChoice, this::say);
                var library = new AvatarLibrary(ModelCatalog.standard(), device.kind(), AvatarDisk.of())) {
            final AvatarLibrary.Order face = ahead.order(library, device.kind());
            // One face: no batch waits for the frames of another.
            final PipelineConfig path = DeviceChoice.path(device, library.model(model), BatchCosts.UNKNOWN);
            ahead.load(library);
            try (LiveEngine engine = LiveEngine.start(path, device, observer, DeviceChoice::leave)) {
                final AvatarLibrary.Loan avatar = library.borrow(face);
                return join(order, new RoomHost(rtc.join(), engine, NetworkConfig.DEFAULT, liveKit.join()), avatar);
            }
        }
    }

    private static LiveKit warmLiveKit() {
        final var liveKit = new LiveKit();
        liveKit.warmUp();
        return liveKit;
    }

    private void say(String line) {
        if (!isQuiet) {
            terminal.err().println("mouthpiece: " + line);
        }
    }

    private int join(RoomOrder order, RoomHost room, AvatarLibrary.Loan avatar) {
        final var story = new RoomStory(terminal, isQuiet);
        avatar.notes().forEach(story::note);
        try (RoomHost host = room) {
            return story.watch(host.join(SESSION, order, avatar, seed, story));
        }
    }

    private RoomOrder order() {
        final String server = url == null ? System.getenv(URL_VARIABLE) : url;
        if (server == null || server.isBlank()) {
            throw new BadInputException("--url is missing, as in: mouthpiece join --url ws://localhost:7880 --token …"
                    + " (`mouthpiece dev-room` starts a server on this machine)");
        }
        final String secret = token == null ? System.getenv(TOKEN_VARIABLE) : token;
        if (secret == null || secret.isBlank()) {
            throw new BadInputException("the room's token is missing: give --token or set " + TOKEN_VARIABLE
                    + " (`mouthpiece dev-room` mints one)");
        }
        if (kbps != 0 && (kbps < MIN_KBPS || kbps > MAX_KBPS)) {
            throw new BadInputException("--bitrate must be " + MIN_KBPS + ".." + MAX_KBPS + " kbit/s: " + kbps);
        }
        return new RoomOrder(server, secret, audioSource(), identity, sine, null, kbps * 1_000);
    }

    private RoomOrder.AudioSource audioSource() {
        return switch (source.toLowerCase(Locale.ROOT)) {
            case "data_stream", "data-stream" -> RoomOrder.AudioSource.DATA_STREAM;
            case "track" -> RoomOrder.AudioSource.TRACK;
            default -> throw new BadInputException("--audio-source must be data_stream or track: " + source);
        };
    }
}
