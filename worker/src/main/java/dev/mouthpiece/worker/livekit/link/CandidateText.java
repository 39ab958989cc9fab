package dev.mouthpiece.worker.livekit.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mouthpiece.worker.rtc.IceCandidate;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Candidates as LiveKit trickles them: JSON in a string. */
final class CandidateText {
    private static final ObjectMapper JSON = new ObjectMapper();

    private CandidateText() {}

    static String write(IceCandidate candidate) {
        try {
            return JSON.writeValueAsString(Map.of(
                    "candidate", candidate.candidate(),
                    "sdpMid", candidate.sdpMid(),
                    "sdpMLineIndex", candidate.sdpMLineIndex()));
        } catch (final JsonProcessingException e) {
            throw new IllegalStateException("strings and a number are always JSON", e);
        }
    }

    /** Returns null where there is no candidate in it. */
    static @Nullable IceCandidate read(String text) {
        try {
            final JsonNode json = JSON.readTree(text);
            final String candidate = json.path("candidate").asText("");
            return candidate.isEmpty()
                    ? null
                    : new IceCandidate(
                            json.path("sdpMid").asText(""),
                            json.path("sdpMLineIndex").asInt(0),
                            candidate);
        } catch (final JsonProcessingException e) {
            return null;
        }
    }
}
