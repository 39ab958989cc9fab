package dev.mouthpiece.worker.store;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sessions to create. */
public final class TestSpecs {
    public static final String OWNER = "key_a";

    private TestSpecs() {}

    public static SessionSpec spec() {
        return spec(new SessionSpec.Room("ws://127.0.0.1:7880", "room", "protoface-worker", false));
    }

    private static SessionSpec spec(SessionSpec.Room room) {
        return new SessionSpec(
                "av_stock_001",
                null,
                room,
                SessionSpec.Audio.STREAMS,
                "standard",
                368,
                560,
                false,
                30_000,
                0,
                null,
                SessionSpec.Mood.NEUTRAL,
                Map.of("n", 1, "x", 1.5, "yes", true));
    }

    static NewSession browserSession(String id, String node) {
        return new NewSession(id, "protoface", OWNER, spec(SessionSpec.Room.browser(node)), 1, "token-of-" + id, null);
    }

    public static NewSession session(String id) {
        return session(id, OWNER, 1);
    }

    public static NewSession session(String id, String owner, int cost) {
        return new NewSession(id, "protoface", owner, spec(), cost, "token-of-" + id, null);
    }

    public static Once once(String key, String body) {
        return new Once(key, body, Duration.ofHours(24), true);
    }

    public static Sessions.Filter filter(int limit, @Nullable String after, SessionState... states) {
        return new Sessions.Filter("protoface", List.of(states), null, null, null, after, 0, limit);
    }
}
