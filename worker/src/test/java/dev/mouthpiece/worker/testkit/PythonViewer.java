package dev.mouthpiece.worker.testkit;

import com.fasterxml.jackson.databind.JsonNode;

/** Somebody who watches an avatar with an ordinary client: decodes, and tells flashes, beeps, gaps and rates ({@code viewer.py}). */
public final class PythonViewer extends Client {
    private PythonViewer(ScriptProcess script, String id, boolean isAlone) {
        super(script, id, isAlone);
    }

    /** A viewer in a process of its own, which ends with it. */
    public static PythonViewer alone() {
        return new PythonViewer(PythonEnv.livekit().script("viewer.py"), "viewer", true);
    }

    /** A viewer in a process that runs {@code viewer.py}. */
    public static PythonViewer in(ScriptProcess script, String id) {
        return new PythonViewer(script, id, false);
    }

    /** Joins to watch {@code avatar}; returns the {@code joined} event, which tells who is there. */
    public JsonNode join(LiveKitServer server, String token, String avatar) {
        return ask(command("join").put("url", server.url()).put("token", token).put("avatar", avatar), "joined");
    }

    /** What it has seen and heard since the last report. */
    public JsonNode report() {
        return ask(command("report"), "report");
    }
}
