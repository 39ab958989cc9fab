package dev.mouthpiece.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.model.ModelCatalog;
import dev.mouthpiece.worker.avatar.FrameSize;
import dev.mouthpiece.worker.avatar.PortraitReader;
import dev.mouthpiece.worker.live.AvatarLibrary;
import dev.mouthpiece.worker.live.LiveEngine;
import dev.mouthpiece.worker.live.LiveObserver;
import dev.mouthpiece.worker.live.LiveSession;
import dev.mouthpiece.worker.live.Utterance;
import dev.mouthpiece.worker.media.PipelineConfig;
import dev.mouthpiece.worker.room.RoomHost;
import dev.mouthpiece.worker.room.RoomOrder;
import dev.mouthpiece.worker.room.RoomSession;
import dev.mouthpiece.worker.rtc.NetworkConfig;
import dev.mouthpiece.worker.rtc.Rtc;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * One process with a live avatar in each of many rooms, warm before the first joins: what {@code bench/live/run --all} measures.
 * Commands and events are JSON lines: {@code join} (id, url, token, source: data_stream or track), {@code leave}, and {@code
 * stats}, which tells what was allocated by whom and which pictures were repeated in speech since it was asked last.
 *
 * <p>Arguments: [MODEL [PORTRAIT [WIDTHxHEIGHT [CORES]]]].
 */
public final class LiveRooms implements LiveObserver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Map<String, Stay> stays = new ConcurrentHashMap<>();
    private final Map<Long, Long> allocatedByThread = new HashMap<>();
    private long allocatedBytes;
    private long pictures;
    private long repeats;

    private record Stay(RoomSession session, CountDownLatch over) {}

    private LiveRooms() {}

    /** Runs until standard input ends. */
    public static void main(String[] args) throws IOException, InterruptedException {
        final String model = args.length > 0 ? args[0] : "puppet";
        final Path portrait = args.length > 1
                ? Path.of(args[1])
                : Path.of(
                        System.getProperty("mouthpiece.root", "."),
                        "worker/src/main/resources/dev/mouthpiece/demo/av_stock_001.jpg");
        final FrameSize size = FrameSize.parse(args.length > 2 ? args[2] : "368x560");
        final int cores = args.length > 3
                ? Integer.parseInt(args[3])
                : Runtime.getRuntime().availableProcessors();
        final var avatar = new AvatarLibrary.Order(
                model, portrait.toString(), Optional.of(size), () -> PortraitReader.read(portrait));
        new LiveRooms().run(avatar, cores);
        System.exit(0);
    }

    private void run(AvatarLibrary.Order avatar, int cores) throws IOException, InterruptedException {
        final Rtc rtc = Rtc.load();
        rtc.warmUp();
        try (var avatars = new AvatarLibrary(ModelCatalog.standard(), DeviceKind.CPU);
                LiveEngine engine = LiveEngine.start(PipelineConfig.forLive(cores), this);
                var host = new RoomHost(rtc, engine, NetworkConfig.DEFAULT);
                // Borrowed for good: model and portrait stay in the library.
                AvatarLibrary.Loan kept = avatars.borrow(avatar);
                var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            host.warmUp();
            say("ready", "", Map.of("notes", kept.notes()));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                final JsonNode command = JSON.readTree(line);
                final String id = command.path("id").asText();
                switch (command.path("cmd").asText()) {
                    case "join" -> stays.put(id, join(host, id, command, avatars.borrow(avatar)));
                    case "leave" -> leave(id);
                    case "stats" -> say("stats", id, stats());
                    default -> say("error", id, Map.of("error", "no command " + command));
                }
            }
            for (final String id : stays.keySet()) {
                leave(id);
            }
        }
    }

    private static Stay join(RoomHost host, String id, JsonNode command, AvatarLibrary.Loan avatar) {
        final var source = RoomOrder.AudioSource.valueOf(
                command.path("source").asText("data_stream").toUpperCase(Locale.ROOT));
        final var order = new RoomOrder(
                command.path("url").asText(), command.path("token").asText(), source, null, false, null, 0);
        final var over = new CountDownLatch(1);
        final RoomSession session = host.join(id, order, avatar, id.hashCode(), ending -> {
            say(ending.failed() ? "error" : "over", id, Map.of("why", ending.message()));
            over.countDown();
        });
        return new Stay(session, over);
    }

    private void leave(String id) throws InterruptedException {
        final Stay stay = stays.remove(id);
        if (stay == null) {
            say("error", id, Map.of("error", "not joined"));
            return;
        }
        stay.session().leave();
        stay.over().await();
        say("left", id, Map.of());
    }

    private static synchronized void say(String event, String id, Map<String, ?> more) {
        final var line = JSON.createObjectNode()
                .put("ev", event)
                .put("t", System.nanoTime())
                .put("id", id);
        more.forEach((name, value) -> line.set(name, JSON.valueToTree(value)));
        System.out.println(line);
    }

    private synchronized Map<String, Object> stats() {
        final long allocated = THREADS.getTotalThreadAllocatedBytes();
        final Map<String, Object> stats = Map.of(
                "allocated",
                allocated - allocatedBytes,
                "allocatedBy",
                allocatedBy(),
                "pictures",
                pictures,
                "repeats",
                repeats);
        allocatedBytes = allocated;
        pictures = 0;
        repeats = 0;
        return stats;
    }

    /** Bytes since it was asked last, by the threads' names without their numbers; of those that live. */
    private Map<String, Long> allocatedBy() {
        final Map<String, Long> sums = new TreeMap<>();
        for (final ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null) {
                final long now = THREADS.getThreadAllocatedBytes(thread.getThreadId());
                final Long before = allocatedByThread.put(thread.getThreadId(), now);
                sums.merge(
                        thread.getThreadName().replaceAll("[-#0-9]+$", ""),
                        now - (before == null ? 0 : before),
                        Long::sum);
            }
        }
        return sums;
    }

    @Override
    public synchronized void onUtterance(LiveSession session, Utterance utterance) {
        pictures += utterance.pictures();
        repeats += utterance.repeats();
    }
}
