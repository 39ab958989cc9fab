package dev.mouthpiece.worker.devroom;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * An access token of a LiveKit room in the making: a JWT signed with HS256. Written here because LiveKit's Java SDK cannot say
 * what {@code kind} of participant a token is for, and an avatar's must be {@code agent}. Not thread-safe.
 */
public final class RoomToken {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final Duration DEFAULT_VALIDITY = Duration.ofHours(24);

    private final String secret;
    private final Map<String, Object> claims = new LinkedHashMap<>();
    private final Map<String, Object> grants = new LinkedHashMap<>();
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private Instant from = Instant.now();
    private Duration validity = DEFAULT_VALIDITY;

    /** A token that lets {@code identity} join {@code room}, publish and subscribe, for a day from now. */
    public RoomToken(String apiKey, String secret, String room, String identity) {
        this.secret = secret;
        claims.put("iss", apiKey);
        claims.put("sub", identity);
        grants.put("roomJoin", true);
        grants.put("room", room);
    }

    /** The kind of participant, such as {@code agent}; {@code standard} where it is not said. */
    public RoomToken kind(String kind) {
        claims.put("kind", kind);
        return this;
    }

    /** The name that others are shown. */
    public RoomToken name(String name) {
        claims.put("name", name);
        return this;
    }

    /** An attribute of the participant, there from its joining. */
    public RoomToken attribute(String name, String value) {
        attributes.put(name, value);
        return this;
    }

    /** A video grant by its name on the wire, such as {@code canSubscribe}; replaces what was said before. */
    public RoomToken grant(String name, Object value) {
        grants.put(name, value);
        return this;
    }

    /** When the token begins to be good, and for how long. */
    public RoomToken valid(Instant from, Duration validity) {
        this.from = from;
        this.validity = validity;
        return this;
    }

    /** The signed token. */
    public String mint() {
        claims.put("nbf", from.getEpochSecond());
        claims.put("exp", from.plus(validity).getEpochSecond());
        claims.put("video", grants);
        if (!attributes.isEmpty()) {
            claims.put("attributes", attributes);
        }
        final String signed = part(Map.of("alg", "HS256", "typ", "JWT")) + "." + part(claims);
        return signed + "." + BASE64.encodeToString(sign(signed));
    }

    private static String part(Map<String, Object> content) {
        try {
            return BASE64.encodeToString(JSON.writeValueAsBytes(content));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a grant that is not JSON: " + content, e);
        }
    }

    private byte[] sign(String text) {
        try {
            final Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
