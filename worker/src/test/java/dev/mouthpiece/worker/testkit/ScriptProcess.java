package dev.mouthpiece.worker.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A script that takes commands and tells events as JSON lines (see {@code lines.py}). All events are kept, so that an
 * {@code await} finds those that came before it was called. Used by the test's thread; a reader thread feeds it.
 */
public final class ScriptProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long END_LIMIT_S = 5;

    /** How many of the last events a failure tells. */
    private static final int EVENTS_TOLD = 12;

    private final Process process;
    private final OutputStream input;
    private final Path log;
    private final List<JsonNode> events = new ArrayList<>();
    private boolean isOver;

    private ScriptProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        input = process.getOutputStream();
        Thread.ofPlatform().daemon().name("script-" + process.pid()).start(this::read);
    }

    /** Starts a command whose standard error goes to {@code log}; returns once it has said {@code ready}. */
    static ScriptProcess start(List<String> command, Map<String, String> environment, Path log) {
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        final ScriptProcess script;
        try {
            script = new ScriptProcess(builder.start(), log);
        } catch (IOException e) {
            throw new TestKitException("cannot start " + command + ": " + e.getMessage(), e);
        }
        Orphans.watch(script.process.toHandle());
        script.await("ready", Duration.ofSeconds(60));
        return script;
    }

    private void read() {
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // Libraries print to standard output as well.
                if (line.startsWith("{\"ev\"")) {
                    add(JSON.readTree(line));
                }
            }
        } catch (IOException e) {
            // Its end, or a line that was cut by it.
        } finally {
            over();
        }
    }

    private synchronized void add(JsonNode event) {
        events.add(event);
        notifyAll();
    }

    private synchronized void over() {
        isOver = true;
        notifyAll();
    }

    /** The process's number. */
    public long pid() {
        return process.pid();
    }

    /** An empty command; {@link #send} takes it when it is filled. */
    public static ObjectNode command(String id, String name) {
        return JSON.createObjectNode().put("cmd", name).put("id", id);
    }

    /** Gives a command. */
    public void send(ObjectNode command) {
        try {
            input.write((command + "\n").getBytes(UTF_8));
            input.flush();
        } catch (IOException e) {
            throw new TestKitException("the script is gone: " + tail(), e);
        }
    }

    /** How many events have come so far: a mark for {@link #await(int, Predicate, Duration, String)}. */
    public synchronized int mark() {
        return events.size();
    }

    /** All events since a mark. */
    public synchronized List<JsonNode> since(int mark) {
        return List.copyOf(events.subList(mark, events.size()));
    }

    /** The first event of this name, past ones included. */
    public JsonNode await(String name, Duration limit) {
        return await(0, event -> isNamed(event, name), limit, name);
    }

    /**
     * The first event since {@code mark} that fits. An {@code error} event since then ends the wait.
     *
     * @throws TestKitException if none comes in time, with what did come
     */
    public synchronized JsonNode await(int mark, Predicate<JsonNode> fits, Duration limit, String what) {
        final long deadlineNs = System.nanoTime() + limit.toNanos();
        int next = mark;
        while (true) {
            for (; next < events.size(); next++) {
                final JsonNode event = events.get(next);
                if (fits.test(event)) {
                    return event;
                }
                if (isNamed(event, "error")) {
                    throw new TestKitException("waiting for " + what + ", the script failed: " + event);
                }
            }
            final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (isOver || leftMs <= 0) {
                throw new TestKitException((isOver ? "the script ended" : "nothing came") + ", waiting for " + what
                        + "; the last events: " + tail() + "; its log: " + log);
            }
            try {
                wait(leftMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TestKitException("interrupted while waiting for " + what, e);
            }
        }
    }

    private static boolean isNamed(JsonNode event, String name) {
        return event.path("ev").asText().equals(name);
    }

    private synchronized String tail() {
        final String said = events.subList(Math.max(0, events.size() - EVENTS_TOLD), events.size())
                .toString();
        try {
            final List<String> lines = Files.readAllLines(log);
            return said + " log: " + lines.subList(Math.max(0, lines.size() - EVENTS_TOLD), lines.size());
        } catch (IOException e) {
            return said;
        }
    }

    /** Ends it as a crash would. Returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Lets it leave its rooms and end; kills it if it does not. */
    @Override
    public void close() {
        try {
            input.close();
        } catch (IOException e) {
            // It is gone already.
        }
        if (!awaitEnd()) {
            kill();
        }
    }

    private boolean awaitEnd() {
        try {
            return process.waitFor(END_LIMIT_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
