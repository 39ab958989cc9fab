package dev.mouthpiece.worker.devroom;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mouthpiece.model.Installation;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The program {@code livekit-server}: where it is on this machine, and how it comes there. */
public final class ServerProgram {
    /** What {@link #install} builds: later ones do not build from their module alone. */
    public static final String VERSION = "1.13.5";

    private static final String MODULE = "github.com/livekit/livekit-server/cmd/server@v" + VERSION;
    private static final String NAME = "livekit-server";

    /** How often the build says how far it is, in modules fetched; there are about 130. */
    private static final int MODULES_PER_NOTE = 25;

    /** How much of what a failed build said goes into the error. */
    private static final int LINES_OF_ERROR = 3;

    private ServerProgram() {}

    /** The one on the PATH, else the one that {@link #install} has built. */
    public static Optional<Path> find() {
        return onPath(NAME).or(() -> Optional.of(installed()).filter(Files::isExecutable));
    }

    /** Whether Go is there to build it. */
    public static boolean canInstall() {
        return onPath("go").isPresent();
    }

    /**
     * Builds version {@value #VERSION} with Go into the user's cache, about three minutes on two cores, unless that has been
     * done. Two that want it at once wait for each other.
     *
     * @param progress told a few times how far it is
     * @throws DevRoomException if Go is missing or the build fails
     */
    public static synchronized Path install(Consumer<String> progress) {
        final Path program = installed();
        if (Files.isExecutable(program)) {
            return program;
        }
        final Path go = onPath("go")
                .orElseThrow(() -> new DevRoomException(
                        "cannot build " + NAME + " " + VERSION + ": Go is not on the PATH; install Go 1.24 or newer"));
        final Path folder = folder();
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (lock.isValid() && !Files.isExecutable(program)) {
                    build(go, folder, progress);
                }
            }
        } catch (IOException e) {
            throw new DevRoomException("cannot build " + NAME + " in " + folder + ": " + e.getMessage(), e);
        }
        return program;
    }

    private static Path folder() {
        return Installation.cache().resolve(NAME + "-" + VERSION);
    }

    private static Path installed() {
        return folder().resolve(NAME);
    }

    private static void build(Path go, Path folder, Consumer<String> progress) throws IOException {
        progress.accept("building " + NAME + " " + VERSION + ": about three minutes, once");
        final Path bin = folder.resolve("bin");
        final ProcessBuilder builder = new ProcessBuilder(go.toString(), "install", MODULE).redirectErrorStream(true);
        builder.environment().put("GOBIN", bin.toString());
        final Process process = builder.start();
        // A command that is interrupted leaves no compiler behind.
        final var end = new Thread(() -> process.descendants().forEach(ProcessHandle::destroy));
        Runtime.getRuntime().addShutdownHook(end);
        final Deque<String> last = new ArrayDeque<>();
        try {
            follow(process, last, progress);
            if (process.waitFor() != 0) {
                throw new DevRoomException("building " + NAME + " failed: " + String.join(" | ", last));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DevRoomException("building " + NAME + " was interrupted", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            removeHook(end);
        }
        // The module's folder is called "server", and so is what Go makes of it.
        Files.move(bin.resolve("server"), installed(), StandardCopyOption.ATOMIC_MOVE);
        Files.delete(bin);
    }

    private static void follow(Process process, Deque<String> last, Consumer<String> progress) throws IOException {
        int modules = 0;
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("go: downloading") && ++modules % MODULES_PER_NOTE == 0) {
                    progress.accept("building " + NAME + ": " + modules + " modules fetched");
                }
                last.addLast(line.strip());
                if (last.size() > LINES_OF_ERROR) {
                    last.removeFirst();
                }
            }
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is going down, and the hook with it.
        }
    }

    private static Optional<Path> onPath(String name) {
        final String path = System.getenv("PATH");
        return path == null
                ? Optional.empty()
                : List.of(path.split(File.pathSeparator)).stream()
                        .filter(folder -> !folder.isEmpty())
                        .map(folder -> Path.of(folder).resolve(name))
                        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                        .findFirst();
    }
}
