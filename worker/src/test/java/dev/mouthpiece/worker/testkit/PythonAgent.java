package dev.mouthpiece.worker.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An agent that speaks through an avatar by the real {@code DataStreamAudioOutput} of livekit-agents. Several may live in one
 * process. What is not here as a method, {@link #ask} does: {@code agent.py} lists its commands.
 */
public final class PythonAgent extends Client {
    private PythonAgent(ScriptProcess script, String id, boolean isAlone) {
        super(script, id, isAlone);
    }

    /**
     * How its output is set up.
     *
     * @param avatar whom it speaks through
     * @param rateHz of its speech
     * @param waitsForVideo whether it speaks only once the avatar has published its picture
     * @param waitsForPlaybackStart whether it wants {@code lk.playback_started}
     * @param clearTimeoutS how long it waits for the end of what it interrupted; null: for ever
     */
    public record Options(
            String avatar,
            int rateHz,
            boolean waitsForVideo,
            boolean waitsForPlaybackStart,
            @Nullable Double clearTimeoutS) {
        /** What livekit-agents does by default. */
        public static Options standard(String avatar) {
            return new Options(avatar, 24_000, true, false, 2.0);
        }

        /** What its LemonSlice plugin does. */
        public static Options lemonSlice(String avatar) {
            return new Options(avatar, 24_000, true, true, null);
        }
    }

    /** An agent in a process of its own, which ends with it. */
    public static PythonAgent alone() {
        return new PythonAgent(PythonEnv.livekit().script("agent.py"), "agent", true);
    }

    /** An agent in a process that runs {@code agent.py}. */
    public static PythonAgent in(ScriptProcess script, String id) {
        return new PythonAgent(script, id, false);
    }

    /** Joins; returns the {@code joined} event, which tells who is there. */
    public JsonNode join(LiveKitServer server, String token, Options options) {
        return ask(
                command("join")
                        .put("url", server.url())
                        .put("token", token)
                        .put("avatar", options.avatar())
                        .put("rate", options.rateHz())
                        .put("wait_video", options.waitsForVideo())
                        .put("wait_playback_start", options.waitsForPlaybackStart())
                        .put("clear_timeout", options.clearTimeoutS()),
                "joined");
    }

    /** Pushes a tone as fast as it goes; returns the {@code pushed} event. */
    public JsonNode push(double seconds) {
        return ask(command("push").put("seconds", seconds), "pushed");
    }

    /** Pushes a WAV file as fast as it goes; returns the {@code pushed} event. */
    public JsonNode push(Path wav) {
        return ask(command("push").put("wav", wav.toString()), "pushed");
    }

    /** Ends the segment. */
    public void flush() {
        ask(command("flush"), "flushed");
    }

    /** Interrupts. Returns the event of the moment it began to. */
    public JsonNode clear() {
        return ask(command("clear"), "clearing");
    }

    /** Waits for the end of all that was pushed; returns the {@code playout} event: position in seconds, interrupted. */
    public JsonNode awaitPlayout(Duration limit) {
        final int mark = mark();
        send(command("playout"));
        return await(mark, "playout", limit);
    }

    /** Calls a method of the avatar's; returns the {@code rpc} event: result, or code and message. */
    public JsonNode rpc(String method, String payload) {
        return ask(command("rpc").put("method", method).put("payload", payload), "rpc");
    }
}
