package dev.mouthpiece.worker.whep;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The events of a session, as its WebSockets send them. Seconds and positions are decimal numbers of seconds.
 *
 * <pre>
 *   ready              session, fps, width, height                        first, on every connection
 *   segment_started    segment, own                                       speech has begun to come in; own: by this connection
 *   playback_started   segment                                            its first sound is heard
 *   mouth              segment, frame, position, open                     a picture was sent; open is 0..1
 *   playback_finished  segment, position, interrupted                     exactly once for each segment
 *   status             queued_seconds, viewers                            once a second
 *   face_changed                                                          another portrait is on air
 *   face_refused       message                                            why it is not; the one before stays
 *   error              code, message                                      what was sent is not taken
 *   session_ended      reason                                             last
 * </pre>
 */
final class SpeechEvents {
    private SpeechEvents() {}

    static String ready(String session, int fps, int width, int height) {
        return event("ready")
                .put("session", session)
                .put("fps", fps)
                .put("width", width)
                .put("height", height)
                .toString();
    }

    static String segmentStarted(long segment, boolean own) {
        return event("segment_started").put("segment", segment).put("own", own).toString();
    }

    static String playbackStarted(long segment) {
        return event("playback_started").put("segment", segment).toString();
    }

    static String playbackFinished(long segment, long positionUs, boolean interrupted) {
        return event("playback_finished")
                .put("segment", segment)
                .put("position", positionUs / 1e6)
                .put("interrupted", interrupted)
                .toString();
    }

    static String mouth(long segment, long frame, int fps, float open) {
        return event("mouth")
                .put("segment", segment)
                .put("frame", frame)
                .put("position", frame / (double) fps)
                .put("open", Math.round(open * 1000) / 1000.0)
                .toString();
    }

    static String status(long queuedUs, int viewers) {
        return event("status")
                .put("queued_seconds", Math.round(queuedUs / 1e4) / 100.0)
                .put("viewers", viewers)
                .toString();
    }

    static String faceChanged() {
        return event("face_changed").toString();
    }

    static String faceRefused(String message) {
        return event("face_refused").put("message", message).toString();
    }

    static String error(String code, String message) {
        return event("error").put("code", code).put("message", message).toString();
    }

    static String sessionEnded(String reason) {
        return event("session_ended").put("reason", reason).toString();
    }

    private static ObjectNode event(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }
}
