package dev.mouthpiece.worker.session;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/** What a room's token says of itself. Nobody here can check it: the room's server does. */
final class RoomToken {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Beyond, it is no time but a mistake: the year 5138. */
    private static final long MAX_SECONDS = 100_000_000_000L;

    private RoomToken() {}

    /** When it runs out, if it is a JWT that says so. */
    static Optional<Instant> expiry(String token) {
        final String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            final JsonNode exp =
                    JSON.readTree(Base64.getUrlDecoder().decode(parts[1])).path("exp");
            return exp.canConvertToLong() && exp.asLong() > 0 && exp.asLong() < MAX_SECONDS
                    ? Optional.of(Instant.ofEpochSecond(exp.asLong()))
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
