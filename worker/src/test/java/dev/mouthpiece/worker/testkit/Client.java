package dev.mouthpiece.worker.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** A participant that a script plays. Several may live in one process. Times in events are {@link System#nanoTime}'s. */
public abstract class Client implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final ScriptProcess script;
    private final String id;
    private final boolean isAlone;

    Client(ScriptProcess script, String id, boolean isAlone) {
        this.script = script;
        this.id = id;
        this.isAlone = isAlone;
    }

    /** An empty command for this participant; the script lists those there are. */
    public final ObjectNode command(String name) {
        return ScriptProcess.command(id, name);
    }

    /** Gives a command and does not wait. */
    public final void send(ObjectNode command) {
        script.send(command);
    }

    /** Gives a command and waits for the event that answers it. */
    public final JsonNode ask(ObjectNode command, String answer) {
        final int mark = script.mark();
        send(command);
        return await(mark, answer, LIMIT);
    }

    /** A mark in the stream of events: what came before it does not count. */
    public final int mark() {
        return script.mark();
    }

    /** The first event of this name since a mark; 0 is the beginning. */
    public final JsonNode await(int mark, String name, Duration limit) {
        return script.await(mark, event -> is(event, name), limit, name);
    }

    /** The first event of this name that fits, since a mark. */
    public final JsonNode await(int mark, String name, Predicate<JsonNode> fits, Duration limit) {
        return script.await(mark, event -> is(event, name) && fits.test(event), limit, name);
    }

    /** All events of this name since a mark. */
    public final List<JsonNode> since(int mark, String name) {
        return script.since(mark).stream().filter(event -> is(event, name)).toList();
    }

    private boolean is(JsonNode event, String name) {
        return event.path("id").asText().equals(id) && event.path("ev").asText().equals(name);
    }

    /** Kills its process, as a crash would: the server notices after some twenty seconds. */
    public final void kill() {
        script.kill();
    }

    /** Leaves the room properly; ends the process if nobody else lives in it. */
    @Override
    public final void close() {
        if (isAlone) {
            script.close();
        } else {
            ask(command("leave"), "left");
        }
    }
}
