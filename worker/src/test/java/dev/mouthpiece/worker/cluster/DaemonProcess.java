package dev.mouthpiece.worker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code mouthpiece serve} or {@code mouthpiece worker} as a process of its own, with the launcher's options. Its log stays in {@code target/testkit}. */
final class DaemonProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern OPEN = Pattern.compile("^mouthpiece: (?:open|listening on) http://[^:/]+:(\\d+)/");
    private static final Path LOGS = Path.of("target", "testkit");

    private final String name;
    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private int port;

    private DaemonProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        Thread.ofPlatform().daemon().name("log-" + name).start(this::read);
    }

    /**
     * Starts one; {@link #isOpen} says when it is ready.
     *
     * @param environment over this process's own
     * @param javaOptions before the launcher's
     */
    static DaemonProcess start(
            String name, Path home, Map<String, String> environment, List<String> javaOptions, String... arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaOptions);
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Djava.awt.headless=true",
                "-Dai.djl.offline=true",
                "-Dmouthpiece.root=" + System.getProperty("mouthpiece.root"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        final var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        builder.environment().put("MOUTHPIECE_HOME", home.toString());
        builder.environment().putAll(environment);
        try {
            final var started = new DaemonProcess(name, builder.start());
            Runtime.getRuntime().addShutdownHook(new Thread(started.process::destroyForcibly));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        final Path log = LOGS.resolve(ProcessHandle.current().pid() + "-" + name + ".log");
        try {
            Files.createDirectories(LOGS);
            try (BufferedReader from = process.inputReader(StandardCharsets.UTF_8);
                    var to = Files.newBufferedWriter(log)) {
                for (String line = from.readLine(); line != null; line = from.readLine()) {
                    to.write(line);
                    to.newLine();
                    to.flush();
                    take(line);
                }
            }
        } catch (IOException e) {
            // It was killed.
        }
    }

    private synchronized void take(String line) {
        lines.add(line);
        final Matcher open = OPEN.matcher(line);
        if (open.find()) {
            port = Integer.parseInt(open.group(1));
        }
    }

    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    /**
     * Whether it is ready.
     *
     * @throws IllegalStateException if it has ended instead
     */
    synchronized boolean isOpen() {
        if (port == 0 && !process.isAlive()) {
            throw new IllegalStateException(
                    name + " ended with " + process.exitValue() + ":\n" + String.join("\n", lines));
        }
        return port > 0;
    }

    /** {@code http://127.0.0.1:PORT}. */
    synchronized String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Places that its sessions take. */
    int used() {
        try (InputStream in = URI.create(url() + "/metrics").toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("mouthpiece_worker_places_used"))
                    .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How often it has said this of that session. */
    synchronized long said(String what, String session) {
        return lines.stream()
                .filter(line -> line.contains('"' + what + '"') && line.contains('"' + session + '"'))
                .count();
    }

    /** How often it has said this. */
    synchronized long said(String what) {
        return lines.stream().filter(line -> line.contains(what)).count();
    }

    /** The log's events, oldest first. */
    synchronized List<JsonNode> events() {
        final List<JsonNode> events = new ArrayList<>();
        for (final String line : lines) {
            if (line.startsWith("{\"time\"")) {
                try {
                    events.add(JSON.readTree(line));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return events;
    }

    /** Sends a signal, such as STOP. */
    void signal(String signal) {
        try {
            final int code = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IllegalStateException("kill -" + signal + " " + name + ": " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends it as a crash would. Returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException(name + " does not die");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
