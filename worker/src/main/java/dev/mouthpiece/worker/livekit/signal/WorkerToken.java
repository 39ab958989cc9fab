package dev.mouthpiece.worker.livekit.signal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a participant's token says. The server alone decides whether it is good; we read it for identity, attributes and
 * clearer words. Its text is secret and stands in no {@link #toString()}.
 */
public final class WorkerToken {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String secret;
    private final JsonNode claims;

    private WorkerToken(String secret, JsonNode claims) {
        this.secret = secret;
        this.claims = claims;
    }

    /**
     * Reads a token without checking its signature.
     *
     * @throws RoomException with {@link RoomException.Fault#TOKEN} where {@code jwt} is no token at all
     */
    public static WorkerToken parse(String jwt) {
        final String text = jwt.strip();
        final String[] parts = text.split("\\.", -1);
        if (parts.length != 3) {
            throw refuse("it has " + parts.length + " of 3 parts");
        }
        try {
            final byte[] body = Base64.getUrlDecoder().decode(parts[1]);
            final JsonNode claims = JSON.readTree(new String(body, StandardCharsets.UTF_8));
            if (claims == null || !claims.isObject()) {
                throw refuse("its body is no JSON object");
            }
            return new WorkerToken(text, claims);
        } catch (final IllegalArgumentException | JsonProcessingException e) {
            throw refuse("its body cannot be read");
        }
    }

    /** The token itself, for the Authorization header and nothing else. */
    public String secret() {
        return secret;
    }

    /** The participant's identity; empty where the token has none. */
    public String identity() {
        return claims.path("sub").asText("");
    }

    /** The room; empty where the token names none. */
    public String room() {
        return claims.path("video").path("room").asText("");
    }

    /** When its time is over. */
    public Optional<Instant> expiry() {
        final JsonNode exp = claims.path("exp");
        return exp.canConvertToLong() ? Optional.of(Instant.ofEpochSecond(exp.asLong())) : Optional.empty();
    }

    /** The participant's attributes. */
    public Map<String, String> attributes() {
        final var attributes = new HashMap<String, String>();
        claims.path("attributes")
                .properties()
                .forEach(
                        entry -> attributes.put(entry.getKey(), entry.getValue().asText("")));
        return Map.copyOf(attributes);
    }

    @Override
    public String toString() {
        return "token of " + identity() + " for room " + room();
    }

    private static RoomException refuse(String why) {
        return new RoomException(
                RoomException.Fault.TOKEN,
                "the LiveKit token is no JWT, " + why + ": pass a token" + " made with the server's API key");
    }
}
