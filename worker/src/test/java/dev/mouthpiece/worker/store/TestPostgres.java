package dev.mouthpiece.worker.store;

import dev.mouthpiece.worker.devroom.LocalServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real PostgreSQL of its own for one test class: in a temporary folder, on a free port of the loopback interface. Its binaries come from the system's
 * package {@code postgresql}, which is installed first where that is possible.
 */
public final class TestPostgres implements AutoCloseable {
    private static final boolean IS_ROOT = "root".equals(System.getProperty("user.name"));
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

    private final Path folder;
    private final Path binaries;
    private final int port;

    private TestPostgres(Path folder, Path binaries, int port) {
        this.folder = folder;
        this.binaries = binaries;
        this.port = port;
    }

    /** Makes a database cluster and starts it. */
    public static TestPostgres start() {
        try {
            final Path folder = Files.createTempDirectory("mouthpiece-postgres");
            final var postgres = new TestPostgres(
                    folder, binaries(), LocalServer.Ports.free().http());
            postgres.initialise();
            postgres.resume();
            return postgres;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where a new, empty database is. */
    public Database.Address newDatabase(String name) {
        run(
                "psql",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-U",
                "mouthpiece",
                "-d",
                "postgres",
                "-qc",
                "create database " + name);
        return new Database.Address("jdbc:postgresql://127.0.0.1:" + port + "/" + name, "mouthpiece", null);
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** Starts it, again if need be, and waits until it answers. */
    public void resume() {
        control("start", "-w", "-l", folder.resolve("log").toString());
    }

    /** Ends it at once, as a crash would: connections break, what is committed stays. */
    public void crash() {
        control("stop", "-m", "immediate");
    }

    @Override
    public void close() {
        try {
            crash();
        } finally {
            delete(folder);
        }
    }

    private void initialise() throws IOException {
        if (IS_ROOT) {
            run("chown", "nobody", folder.toString());
        }
        asServer(
                "initdb",
                "-D",
                folder.resolve("data").toString(),
                "-U",
                "mouthpiece",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync");
    }

    private void control(String... words) {
        final List<String> command = new ArrayList<>(List.of(words));
        command.addAll(List.of("-D", folder.resolve("data").toString()));
        if (words[0].equals("start")) {
            // No machine ends here, only the server: what it has written is there again, and a slow disk is nobody's
            // business.
            command.addAll(List.of(
                    "-o",
                    "-p " + port + " -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories=" + folder));
        }
        command.addFirst("pg_ctl");
        asServer(command.toArray(String[]::new));
    }

    /** The server refuses to run as root. */
    private void asServer(String... command) {
        final List<String> words = new ArrayList<>();
        if (IS_ROOT) {
            words.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
        }
        words.add(binaries.resolve(command[0]).toString());
        words.addAll(List.of(command).subList(1, command.length));
        execute(words);
    }

    private void run(String program, String... arguments) {
        final List<String> words = new ArrayList<>();
        words.add(
                Files.exists(binaries.resolve(program))
                        ? binaries.resolve(program).toString()
                        : program);
        words.addAll(List.of(arguments));
        execute(words);
    }

    private void execute(List<String> words) {
        execute(folder.resolve("out"), 60, words);
    }

    private static void execute(Path out, int limitS, List<String> words) {
        try {
            final var builder = new ProcessBuilder(words);
            builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
            final Process process = builder.directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            if (!process.waitFor(limitS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(words + ": " + Files.readString(out));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static synchronized Path binaries() throws IOException {
        final Optional<Path> there = installed();
        if (there.isPresent()) {
            return there.get();
        }
        if (IS_ROOT && Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
            System.err.println("tests: installing PostgreSQL");
            final Path out = Files.createTempFile("apt-get", ".log");
            final String install = "apt-get install -y -q --no-install-recommends postgresql";
            // The lists of a fresh container are empty.
            execute(out, 600, List.of("sh", "-c", install + " || { apt-get update -q && " + install + "; }"));
        }
        return installed().orElseThrow(TestPostgres::missing);
    }

    private static Optional<Path> installed() throws IOException {
        if (!Files.isDirectory(VERSIONS)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(VERSIONS)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.comparing(Path::toString));
        }
    }

    private static IllegalStateException missing() {
        return new IllegalStateException("PostgreSQL is not installed (" + VERSIONS
                + "/*/bin/initdb): install your system's package of it, such as postgresql of Debian");
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
