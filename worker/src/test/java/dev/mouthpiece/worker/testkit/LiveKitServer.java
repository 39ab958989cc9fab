package dev.mouthpiece.worker.testkit;

import dev.mouthpiece.worker.devroom.LocalServer;
import dev.mouthpiece.worker.devroom.ServerProgram;
import io.livekit.server.RoomServiceClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import livekit.LivekitModels.ParticipantInfo;
import livekit.LivekitModels.ParticipantPermission;
import livekit.LivekitModels.Room;
import retrofit2.Call;
import retrofit2.Response;

/**
 * A real LiveKit server on free loopback ports, always of version {@value ServerProgram#VERSION}. It can be stopped, killed and
 * started again where it was; its log stays in {@code target/testkit}. Used by the test's thread.
 */
public final class LiveKitServer implements AutoCloseable {
    /** The API key of every test server. */
    public static final String KEY = "testkey";

    /** Its secret. */
    public static final String SECRET = "a-secret-that-only-tests-know-0123456789";

    private static final AtomicInteger LOGS = new AtomicInteger();
    private static final Path FOLDER = Path.of("target", "testkit");

    private final LocalServer.Ports ports = LocalServer.Ports.free();
    private final Map<String, ?> settings;
    private final Path log = logFile("livekit-server");
    private final TestTokens tokens = new TestTokens(KEY, SECRET);
    private final RoomServiceClient rooms;
    private LocalServer server;

    private LiveKitServer(Map<String, ?> settings) {
        this.settings = settings;
        server = launch();
        rooms = RoomServiceClient.createClient(server.httpUrl(), KEY, SECRET);
    }

    /** A server whose empty rooms go after ten seconds, left ones after five. */
    public static LiveKitServer start() {
        return start(Map.of());
    }

    /**
     * A server with other settings.
     *
     * @param settings sections of its configuration by their names there, such as {@code room} or {@code rtc}, merged into ours
     */
    public static LiveKitServer start(Map<String, ?> settings) {
        return new LiveKitServer(settings);
    }

    private LocalServer launch() {
        final Path program = ServerProgram.install(line -> System.err.println("testkit: " + line));
        final LocalServer started = LocalServer.start(
                program, ports, KEY, SECRET, settings.containsKey("room") ? settings : withRoom(settings), log);
        ProcessHandle.of(started.pid()).ifPresent(Orphans::watch);
        return started;
    }

    private static Map<String, ?> withRoom(Map<String, ?> settings) {
        final Map<String, Object> all = new HashMap<>(settings);
        all.put("room", Map.of("empty_timeout", 10, "departure_timeout", 5));
        return all;
    }

    /** A new file for a process's log. */
    static Path logFile(String name) {
        try {
            Files.createDirectories(FOLDER);
        } catch (IOException e) {
            throw new TestKitException("cannot make " + FOLDER.toAbsolutePath(), e);
        }
        return FOLDER.resolve(ProcessHandle.current().pid() + "-" + LOGS.incrementAndGet() + "-" + name + ".log")
                .toAbsolutePath();
    }

    /** {@code ws://127.0.0.1:PORT}. */
    public String url() {
        return server.url();
    }

    /** {@code http://127.0.0.1:PORT}. */
    public String httpUrl() {
        return server.httpUrl();
    }

    /** Tokens for it. */
    public TestTokens tokens() {
        return tokens;
    }

    /** What it has said so far, all its lives. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new TestKitException("no log", e);
        }
    }

    /** Shuts it down: clients are told. Returns when it is gone. */
    public void stop() {
        server.close();
    }

    /** Kills it: clients are told nothing. Returns when it is gone. */
    public void kill() {
        server.kill();
    }

    /** Starts it again on the same ports, after {@link #stop} or {@link #kill}; returns when it answers. */
    public void restart() {
        server = launch();
    }

    /** Makes a room. The numbers are seconds and participants. */
    public Room createRoom(String name, int emptyTimeoutS, int maxParticipants) {
        return call(rooms.createRoom(name, emptyTimeoutS, maxParticipants));
    }

    /** The rooms there are. */
    public List<Room> rooms() {
        return call(rooms.listRooms());
    }

    /** Who is in a room, as the server has it. */
    public List<ParticipantInfo> participants(String room) {
        return call(rooms.listParticipants(room));
    }

    /** One of them, if there is one of that identity. */
    public Optional<ParticipantInfo> participant(String room, String identity) {
        return participants(room).stream()
                .filter(participant -> participant.getIdentity().equals(identity))
                .findFirst();
    }

    /** Throws a participant out. */
    public void remove(String room, String identity) {
        callForNothing(rooms.removeParticipant(room, identity));
    }

    /** Ends a room. */
    public void delete(String room) {
        callForNothing(rooms.deleteRoom(room));
    }

    /** Changes what a participant may do. */
    public void permit(String room, String identity, ParticipantPermission permission) {
        call(rooms.updateParticipant(room, identity, null, null, permission));
    }

    /** Mutes or unmutes a track from the server's side. */
    public void mute(String room, String identity, String trackSid, boolean isMuted) {
        call(rooms.mutePublishedTrack(room, identity, trackSid, isMuted));
    }

    private static <T> T call(Call<T> call) {
        final T body = answer(call).body();
        if (body == null) {
            throw new TestKitException(
                    "the server answered nothing to " + call.request().url());
        }
        return body;
    }

    private static void callForNothing(Call<Void> call) {
        answer(call);
    }

    private static <T> Response<T> answer(Call<T> call) {
        try {
            final Response<T> response = call.execute();
            if (!response.isSuccessful()) {
                throw new TestKitException(
                        "the server refused " + call.request().url() + ": " + response.code());
            }
            return response;
        } catch (IOException e) {
            throw new TestKitException("no answer to " + call.request().url(), e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
