package dev.mouthpiece.worker.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;

/** Somebody who speaks into a microphone track, in real time ({@code mic.py}). */
public final class PythonMicrophone extends Client {
    private PythonMicrophone(ScriptProcess script, String id, boolean isAlone) {
        super(script, id, isAlone);
    }

    /** A speaker in a process of its own, which ends with it. */
    public static PythonMicrophone alone() {
        return new PythonMicrophone(PythonEnv.livekit().script("mic.py"), "mic", true);
    }

    /** Joins; returns the {@code joined} event. */
    public JsonNode join(LiveKitServer server, String token) {
        return ask(command("join").put("url", server.url()).put("token", token), "joined");
    }

    /** Publishes a track unless there is one, and begins to speak a tone; {@code spoken} comes at its end. */
    public void speak(double seconds) {
        send(command("publish").put("seconds", seconds));
    }

    /** The same with a recording: mono, 16 bit, 48 kHz. */
    public void speak(Path wav) {
        send(command("publish").put("wav", wav.toString()));
    }

    /** Takes the track back, once what was begun is spoken. */
    public void unpublish() {
        ask(command("unpublish"), "unpublished");
    }
}
