package dev.mouthpiece.worker.testkit;

import dev.mouthpiece.worker.devroom.RoomToken;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Tokens of one server, good ones and bad ones. */
public final class TestTokens {
    /** The attribute by which an avatar's token names the agent that it speaks for. */
    public static final String ON_BEHALF = "lk.publish_on_behalf";

    private static final String STRANGE_SECRET = "another-secret-of-a-good-length-0123456789";

    private final String apiKey;
    private final String secret;

    TestTokens(String apiKey, String secret) {
        this.apiKey = apiKey;
        this.secret = secret;
    }

    /** A token to be changed as a test needs it; joins, publishes, subscribes. */
    public RoomToken of(String room, String identity) {
        return new RoomToken(apiKey, secret, room, identity);
    }

    /** An avatar that speaks for {@code agent}, as the plugins mint it. */
    public RoomToken avatar(String room, String identity, String agent) {
        return of(room, identity).kind("agent").attribute(ON_BEHALF, agent);
    }

    /** A participant of kind AGENT. */
    public RoomToken agent(String room, String identity) {
        return of(room, identity).kind("agent");
    }

    /** A person. */
    public RoomToken viewer(String room, String identity) {
        return of(room, identity);
    }

    /** An avatar that may publish camera and microphone and must not subscribe, as one plugin has it. */
    public RoomToken deafAvatar(String room, String identity, String agent) {
        return avatar(room, identity, agent)
                .grant("canPublish", true)
                .grant("canPublishSources", List.of("camera", "microphone"))
                .grant("canSubscribe", false);
    }

    /** An avatar that must not publish. */
    public RoomToken muteAvatar(String room, String identity, String agent) {
        return avatar(room, identity, agent).grant("canPublish", false);
    }

    /** One whose hour is over: the server allows for a minute of skew. */
    public RoomToken expired(String room, String identity) {
        return agent(room, identity).valid(Instant.now().minus(Duration.ofHours(2)), Duration.ofHours(1));
    }

    /** One for no room. */
    public RoomToken withoutJoin(String room, String identity) {
        return agent(room, identity).grant("roomJoin", false);
    }

    /** One signed with a key that the server does not know. */
    public RoomToken unknownKey(String room, String identity) {
        return new RoomToken("strangekey", secret, room, identity).kind("agent");
    }

    /** One whose signature is wrong. */
    public RoomToken forged(String room, String identity) {
        return new RoomToken(apiKey, STRANGE_SECRET, room, identity).kind("agent");
    }
}
