package dev.mouthpiece.worker.livekit.avatar;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose speech is played: the configured identity, else whom our own attribute names, else whoever comes first and stays until
 * it leaves. Agents publish nothing, so their ParticipantInfo comes seconds after their speech: it is never asked for.
 */
final class SenderChoice {
    static final String ON_BEHALF = "lk.publish_on_behalf";

    private final @Nullable String configured;
    private String onBehalfOf = "";
    private @Nullable String first;
    private boolean firstIsGone;

    SenderChoice(@Nullable String configured) {
        this.configured = configured;
    }

    void onOwnAttributes(Map<String, String> attributes) {
        onBehalfOf = attributes.getOrDefault(ON_BEHALF, "");
    }

    /** Whether this participant may send speech and interrupt. Where nobody is chosen yet, it is chosen. */
    boolean accepts(String identity) {
        if (identity.isEmpty()) {
            return false;
        }
        if (identity() == null || (firstIsGone && !isNamed())) {
            first = identity;
            firstIsGone = false;
        }
        return identity.equals(identity());
    }

    /** The sender, or null where nobody is chosen yet. */
    @Nullable
    String identity() {
        if (configured != null) {
            return configured;
        }
        return onBehalfOf.isEmpty() ? first : onBehalfOf;
    }

    /** Whether an agent framework named the sender: then it is an agent, whatever kind its token says. */
    boolean isNamedByToken() {
        return configured == null && !onBehalfOf.isEmpty();
    }

    /** The sender has left: where it was merely the first that came, another one may be next. */
    void onGone() {
        firstIsGone = true;
    }

    private boolean isNamed() {
        return configured != null || !onBehalfOf.isEmpty();
    }
}
